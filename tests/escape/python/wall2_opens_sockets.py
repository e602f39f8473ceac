# class: process
import socket


def transformEvent(event, metadata):
    reached = []
    for family in (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX, socket.AF_NETLINK, socket.AF_PACKET, getattr(socket, "AF_VSOCK", 40)):
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW, socket.SOCK_SEQPACKET):
            try:
                reached.append(str(socket.socket(family, kind)))
            except OSError:
                pass
    for attempt in (socket.socketpair, lambda: socket.create_connection(("127.0.0.1", 22), 0.1), lambda: socket.getaddrinfo("localhost", 80)):
        try:
            reached.append(str(attempt()))
        except OSError:
            pass
    return {"BREACHED": reached} if reached else None
