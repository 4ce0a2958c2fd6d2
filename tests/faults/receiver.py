"""A receiver on loopback that writes down what arrives, and misbehaves at random.

    python -m tests.faults.receiver SEED

It prints its port. A request is a POST of a JSON list of messages, each with an ``id`` and
a ``key``. What arrived is written down before any answer: an accepted request whose answer
is lost has arrived, and comes again.
"""

import asyncio
import json
import random
import sys
from collections import Counter
from typing import Any

BLACKOUT_EVERY, BLACKOUT_LASTS = 6.0, 1.5
"""Seconds; during a blackout nothing is accepted, so that breakers open."""

FAULTS = {"": 75, "503": 6, "429": 3, "lose_answer": 6, "hang_up": 4, "cut_answer": 2}
"""What happens to a request, by weight; the empty one is an answer."""


class Receiver:
    """What arrived, and the mood it is in."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.arrivals: list[str] = []
        self.faults: Counter[str] = Counter()
        self.is_calm = False

    def accept(self, body: bytes) -> bytes | None:
        """Write down the messages and return the answer; None when it is to be lost."""
        fault = self.mood()
        self.faults[fault] += 1
        if fault == "503":
            return answer(503)
        if fault == "429":
            return answer(429, "Retry-After: 1\r\n")
        if fault == "hang_up":
            return None
        self.arrivals += [one["id"] for one in json.loads(body)]
        if fault == "cut_answer":
            return b"HTTP/1.1 2"
        return None if fault == "lose_answer" else answer(200)

    def mood(self) -> str:
        """Return the fault that the next request meets."""
        if self.is_calm:
            return ""
        if asyncio.get_running_loop().time() % BLACKOUT_EVERY < BLACKOUT_LASTS:
            return "503"
        return self.random.choices(list(FAULTS), list(FAULTS.values()))[0]

    def control(self, path: str) -> bytes:
        """Do what the soak asks for."""
        if path == "/calm":
            self.is_calm = True
        return answer(200, body={"arrivals": self.arrivals, "faults": self.faults})

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request, then close."""
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            if head.startswith("GET"):
                reply: bytes | None = self.control(head.split()[1])
            else:
                length = next(
                    int(line.split(":")[1])
                    for line in head.lower().splitlines()
                    if line.startswith("content-length:")
                )
                reply = self.accept(await reader.readexactly(length))
                if self.random.random() < 0.05 and not self.is_calm:
                    await asyncio.sleep(self.random.uniform(0.1, 3.0))
            if reply:
                writer.write(reply)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            self.faults["sender_went_away"] += 1
        finally:
            writer.close()


def answer(status: int, headers: str = "", body: Any = None) -> bytes:
    """Return a whole HTTP answer."""
    content = json.dumps(body).encode()
    return (
        f"HTTP/1.1 {status} .\r\nConnection: close\r\n{headers}"
        f"Content-Length: {len(content)}\r\n\r\n"
    ).encode() + content


async def main() -> None:
    receiver = Receiver(int(sys.argv[1]))
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
