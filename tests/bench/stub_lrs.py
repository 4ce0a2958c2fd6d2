"""An LRS that stores nothing and answers at once: ``python stub_lrs.py PORT``."""

import asyncio
import json
import sys

HEAD = (
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
    "X-Experience-API-Version: 1.0.3\r\nContent-Length: {length}\r\n\r\n"
)


async def serve(reader, writer):
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            found = head.split(b"content-length:")
            length = int(found[1].split(b"\r\n")[0]) if len(found) > 1 else 0
            given = json.loads(await reader.readexactly(length)) if length else []
            text = json.dumps([one["id"] for one in given])
            writer.write((HEAD.format(length=len(text)) + text).encode())
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def main(port):
    async with await asyncio.start_server(serve, "127.0.0.1", port) as server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
