"""TransformService as gRPC gets it: written out, because batches arrive and leave as bytes."""

from __future__ import annotations

from typing import Any

import grpc

from transformer.service.interceptors import Early, Interceptor
from transformer.service.transform import TransformMethods
from transformer.wire.pb import transform_pb2 as pb

__all__ = ["data_path"]


def data_path(
    interceptor: Interceptor, methods: TransformMethods, early: Early, most_bytes: int
) -> grpc.GenericRpcHandler[Any, Any]:
    """The service, wrapped; batches that `early` refuses, or that are larger than `most_bytes`, are not read."""
    transform = interceptor.batches("Transform", methods.transform, pb.TransformRequest, early, most_bytes)
    stream = interceptor.stream("TransformStream", methods.transform_stream)
    handlers = {
        "Transform": grpc.unary_unary_rpc_method_handler(transform),
        "TransformStream": grpc.stream_stream_rpc_method_handler(
            stream, request_deserializer=pb.TransformStreamRequest.FromString
        ),
    }
    name = pb.DESCRIPTOR.services_by_name["TransformService"].full_name
    return grpc.method_handlers_generic_handler(name, handlers)
