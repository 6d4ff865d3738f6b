"""A small RTSP server over loopback: one MPEG-4 stream, RTP interleaved in the TCP connection (RFC 2326, 6416).

Packets are made by FFmpeg's own RTP muxer, which sends them over UDP to this process.
"""

import socket
import struct
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import av

from linewatch.edge.capture.frame import UInt8Array

_SDP = (
    "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=test\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\n"
    "a=rtpmap:96 MP4V-ES/90000\r\na=control:track\r\n"
)


@contextmanager
def serve_rtsp(frames: Sequence[UInt8Array], fps: int = 25) -> Iterator[str]:
    """Serve `frames` once to each client, then hang up; gives the address. All frames have one size."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=_accept, args=(listening, frames, fps), daemon=True).start()
        yield f"rtsp://127.0.0.1:{listening.getsockname()[1]}/test"
        listening.shutdown(socket.SHUT_RDWR)


def _accept(listening: socket.socket, frames: Sequence[UInt8Array], fps: int) -> None:
    while True:
        try:
            connection, _ = listening.accept()
        except OSError:
            return
        with connection:
            try:
                _talk(connection, frames, fps)
            except ConnectionError:
                continue


def _talk(connection: socket.socket, frames: Sequence[UInt8Array], fps: int) -> None:
    requests = connection.makefile("rb")
    while line := requests.readline():
        method, address, _ = line.decode().split()
        headers = dict(_headers(requests))
        extra, body = _answer(method, address)
        answer = (
            f"RTSP/1.0 200 OK\r\nCSeq: {headers['cseq']}\r\nSession: 1\r\n{extra}Content-Length: {len(body)}\r\n\r\n"
        )
        connection.sendall((answer + body).encode())
        if method == "PLAY":
            for packet in _packets(frames, fps):
                connection.sendall(b"$\0" + struct.pack(">H", len(packet)) + packet)
            return


def _headers(requests: Iterator[bytes]) -> Iterator[tuple[str, str]]:
    for line in requests:
        if not line.strip():
            return
        name, _, value = line.decode().partition(":")
        yield name.lower(), value.strip()


def _answer(method: str, address: str) -> tuple[str, str]:
    if method == "OPTIONS":
        return "Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN\r\n", ""
    if method == "DESCRIBE":
        return f"Content-Type: application/sdp\r\nContent-Base: {address}/\r\n", _SDP
    if method == "SETUP":
        return "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n", ""
    return "", ""


def _packets(frames: Sequence[UInt8Array], fps: int) -> Iterator[bytes]:
    height, width = frames[0].shape[:2]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as inbox:
        inbox.bind(("127.0.0.1", 0))
        inbox.settimeout(0.05)
        url = f"rtp://127.0.0.1:{inbox.getsockname()[1]}"
        with av.open(url, "w", format="rtp") as container:
            stream = container.add_stream("mpeg4", rate=fps)
            stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
            stream.gop_size = 1
            for pixels in frames:
                container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
                yield from _receive(inbox)
            container.mux(stream.encode(None))
            yield from _receive(inbox)


def _receive(inbox: socket.socket) -> Iterator[bytes]:
    while True:
        try:
            yield inbox.recv(65536)
        except TimeoutError:
            return
