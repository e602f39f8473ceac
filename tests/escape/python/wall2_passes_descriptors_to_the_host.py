# class: process
# expect: T303 T301 T201
import socket


def transformEvent(event, metadata):
    host = socket.socket(fileno=3)
    try:
        host.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, (1).to_bytes(4, "little"))])
    except OSError as wrong:
        return {"refused": str(wrong)}
    finally:
        host.detach()
    return {"BREACHED": "sendmsg"}
