"""An aiortc peer in a process of its own, driven by JSON lines.

Commands come on stdin, events go to stdout; one JSON object a line, each line flushed. The process ends
by itself when stdin closes. Only 127.0.0.1 is used: no STUN server, no other interface.

Commands:

    {"cmd": "offer", "channels": [{"label", "ordered"?, "maxRetransmits"?, "maxPacketLifeTime"?,
                                   "negotiated"?, "id"?, "protocol"?}], "echo"?: bool}
    {"cmd": "answer", "sdp": OFFER, "channels"?: [...], "echo"?: bool}
    {"cmd": "remote", "type": "answer", "sdp": ANSWER}
    {"cmd": "candidate", "candidate": "candidate:..." | null, "sdpMid"?, "sdpMLineIndex"?}
    {"cmd": "send", "label", "text": str | "bytes": BASE64 | "size": N}
    {"cmd": "close_channel", "label"}
    {"cmd": "close"}

`echo` sends each message back on its channel. `size` sends N bytes, the byte at i being i mod 251.
After `close`, `offer` and `answer` start a new connection.

Events:

    {"event": "description", "type": "offer" | "answer", "sdp"}    all candidates are in it
    {"event": "state", "connection", "ice"}
    {"event": "open", "label", "id", "ordered", "maxRetransmits", "maxPacketLifeTime", "negotiated", "protocol"}
    {"event": "message", "label", "kind": "text" | "binary", "size", "sha256", "text" where size <= 200}
    {"event": "sent", "label", "size", "sha256"}                   handed to the channel's queue
    {"event": "channel_closed", "label"}
    {"event": "error", "cmd", "text"}                              the command did nothing

Labels name channels, so those of one connection must differ. Needs: pip install aiortc
"""

import asyncio
import base64
import hashlib
import json
import os
import sys

import aioice.ice
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.sdp import candidate_from_sdp

# aioice leaves out loopback on its own.
aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: ["127.0.0.1"]

LINE_LIMIT_BYTES = 256 * 1024 * 1024
TEXT_SHOWN_BYTES = 200
CLOSE_SECONDS = 5


def emit(event, **fields):
    """Writes one event. Where nobody reads events any more, the process has no purpose left."""
    try:
        sys.stdout.write(json.dumps({"event": event, **fields}) + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        os._exit(1)


class Peer:
    """One connection at a time, and the channels of it by label."""

    def __init__(self):
        self.connection = None
        self.channels = {}
        self.echo = False

    async def run(self, command):
        """Runs one command; the name of a method that starts with `on_` is the name of a command."""
        handler = getattr(self, "on_" + str(command.get("cmd")), None)
        if handler is None:
            raise ValueError("no such command")
        await handler(command)

    async def on_offer(self, command):
        connection = self.begin(command)
        await connection.setLocalDescription(await connection.createOffer())
        self.describe(connection)

    async def on_answer(self, command):
        connection = self.begin(command)
        await connection.setRemoteDescription(RTCSessionDescription(sdp=command["sdp"], type="offer"))
        await connection.setLocalDescription(await connection.createAnswer())
        self.describe(connection)

    async def on_remote(self, command):
        description = RTCSessionDescription(sdp=command["sdp"], type=command["type"])
        await self.connection.setRemoteDescription(description)

    async def on_candidate(self, command):
        line = command["candidate"]
        if not line:
            await self.connection.addIceCandidate(None)
            return
        candidate = candidate_from_sdp(line.split(":", 1)[1])
        candidate.sdpMid = command.get("sdpMid", "0")
        candidate.sdpMLineIndex = command.get("sdpMLineIndex", 0)
        await self.connection.addIceCandidate(candidate)

    async def on_send(self, command):
        channel = self.channels[command["label"]]
        message = message_of(command)
        channel.send(message)
        data = octets(message)
        emit("sent", label=channel.label, size=len(data), sha256=hashlib.sha256(data).hexdigest())

    async def on_close_channel(self, command):
        self.channels[command["label"]].close()

    async def on_close(self, _command):
        await self.close()

    async def close(self):
        connection, self.connection = self.connection, None
        if connection is not None:
            await asyncio.wait_for(connection.close(), CLOSE_SECONDS)

    def begin(self, command):
        """A new connection with the channels that the command asks for."""
        if self.connection is not None:
            raise ValueError("close the connection first")
        self.echo = command.get("echo", False)
        self.channels = {}
        self.connection = connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        watch_states(connection)
        connection.on("datachannel", self.adopt)
        for options in command.get("channels", []):
            options = dict(options)
            label = options.pop("label")
            self.adopt(connection.createDataChannel(label, **options))
        return connection

    def describe(self, connection):
        description = connection.localDescription
        emit("description", type=description.type, sdp=description.sdp)

    def adopt(self, channel):
        """Reports what happens on a channel, ours or theirs."""
        self.channels[channel.label] = channel
        channel.on("message", lambda message: self.on_message(channel, message))
        channel.on("close", lambda: emit("channel_closed", label=channel.label))
        if channel.readyState == "open":
            emit_open(channel)
        else:
            channel.on("open", lambda: emit_open(channel))

    def on_message(self, channel, message):
        emit_message(channel.label, message)
        if self.echo and channel.readyState == "open":
            channel.send(message)


def watch_states(connection):
    """Reports each change of either state once."""
    reported = []

    def report():
        now = {"connection": connection.connectionState, "ice": connection.iceConnectionState}
        if reported != [now]:
            reported[:] = [now]
            emit("state", **now)

    connection.on("connectionstatechange", report)
    connection.on("iceconnectionstatechange", report)


def emit_open(channel):
    """Reports an open channel with the parameters that both sides must agree on."""
    emit(
        "open",
        label=channel.label,
        id=channel.id,
        ordered=channel.ordered,
        maxRetransmits=channel.maxRetransmits,
        maxPacketLifeTime=channel.maxPacketLifeTime,
        negotiated=channel.negotiated,
        protocol=channel.protocol,
    )


def emit_message(label, message):
    """Reports a message by its digest, and by its words where they are few."""
    data = octets(message)
    is_text = isinstance(message, str)
    fields = {"kind": "text" if is_text else "binary", "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    if is_text and len(data) <= TEXT_SHOWN_BYTES:
        fields["text"] = message
    emit("message", label=label, **fields)


def message_of(command):
    """The message that a `send` command describes."""
    if "text" in command:
        return command["text"]
    if "bytes" in command:
        return base64.b64decode(command["bytes"], validate=True)
    size = command["size"]
    return (bytes(range(251)) * (size // 251 + 1))[:size]


def octets(message):
    """A message as it goes over the wire."""
    return message.encode() if isinstance(message, str) else message


async def lines_of_stdin():
    """Yields the lines of stdin until it closes."""
    reader = asyncio.StreamReader(limit=LINE_LIMIT_BYTES)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        yield line


async def obey(peer, line):
    """Runs the command of one line; a mistake is reported, and the peer goes on."""
    name = None
    try:
        command = json.loads(line)
        name = command.get("cmd")
        await peer.run(command)
    except Exception as error:  # whatever a command runs into belongs to its sender
        emit("error", cmd=name, text=f"{type(error).__name__}: {error}")


async def main():
    peer = Peer()
    async for line in lines_of_stdin():
        if line.strip():
            await obey(peer, line)
    await peer.close()


if __name__ == "__main__":
    asyncio.run(main())
