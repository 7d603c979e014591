"""What the server answers beside the page itself: uploads, downloads, lists of folders, and where its socket is."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from urllib.parse import quote

from aiohttp import ClientError, web
from aiohttp.http_exceptions import HttpProcessingError

from rabengine.errors import RABSegmentError
from rabview.thumbnails import Thumbnails

from .files import Files
from .uploads import TooLargeError

OWN_HEADER = "X-RABSegment"  # a form of another site cannot send it
_CHUNK_BYTES = 2**20

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def add_routes(app: web.Application, files: Files, thumbnails: Thumbnails | None = None) -> None:
    """Answer `POST /upload/<batch>?name=...`, `GET /download/<kind>`, `GET /folder?path=...&use=...`, and the page's
    question for its socket.

    With a study also `GET /thumbnail/<cine>`.
    """
    if thumbnails is not None:
        app.router.add_get("/thumbnail/{cine}", _answered(lambda request: _thumbnail(request, thumbnails)))
    app.router.add_post("/upload/{batch}", _answered(lambda request: _upload(request, files)))
    app.router.add_get("/download/{kind}", _answered(lambda request: _download(request, files)), allow_head=False)
    app.router.add_get("/folder", _answered(lambda request: _folder(request, files)))
    app.router.add_post("/paraview/", _socket)


def _answered(handler: Handler) -> Handler:
    """Say in one sentence what goes wrong."""

    async def answer(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except TooLargeError as error:
            return _problem(413, str(error))
        except RABSegmentError as error:
            return _problem(409, str(error))
        except (asyncio.TimeoutError, TimeoutError):
            return _problem(408, "Nothing more came. Upload it again.")
        except web.HTTPException:
            raise
        except (ConnectionError, ClientError, HttpProcessingError):
            return _problem(400, "That broke off. Try it again.")  # nobody hears it
        except Exception:
            logging.exception("unexpected")
            return _problem(500, "That failed. The terminal of rabsegment view says more.")

    return answer


async def _socket(request: web.Request) -> web.StreamResponse:
    """trame's page asks a launcher for its socket first; without an answer it complains before it finds it."""
    scheme = "wss" if request.headers.get("Origin", "").startswith("https:") else "ws"
    return web.json_response({"sessionURL": f"{scheme}://USE_HOST/ws"}, headers={"Cache-Control": "no-store"})


async def _upload(request: web.Request, files: Files) -> web.StreamResponse:
    if request.headers.get(OWN_HEADER) != "1":
        return _problem(403, "Only the page itself uploads files.")
    content = aiter(request.content.iter_chunked(_CHUNK_BYTES))
    name = await files.uploads.receive(
        request.match_info["batch"], request.query.get("name", ""), request.content_length, content
    )
    return web.json_response({"name": name}, headers={"Cache-Control": "no-store"})


async def _folder(request: web.Request, files: Files) -> web.StreamResponse:
    """What can be opened in a folder, for the tab that asks alone."""
    listing = await files.listing(request.query.get("path", ""), request.query.get("use") == "marks")
    return web.json_response(asdict(listing), headers={"Cache-Control": "no-store"})


async def _thumbnail(request: web.Request, thumbnails: Thumbnails) -> web.StreamResponse:
    number = request.match_info["cine"]
    content = await thumbnails.png(int(number)) if number.isascii() and number.isdigit() and len(number) < 10 else None
    if content is None:
        return web.Response(status=204)  # the page shows that there is none
    return web.Response(body=content, content_type="image/png", headers={"Cache-Control": "private, max-age=3600"})


async def _download(request: web.Request, files: Files) -> web.StreamResponse:
    kind = request.match_info["kind"]
    if kind not in files.downloads.kinds:
        return _problem(404, "There is no such download.")
    with files.downloads.folder() as folder:
        path = await files.downloads.write(kind, folder)
        return await _sent(request, path)


async def _sent(request: web.Request, path: Path) -> web.StreamResponse:
    """Send a file by hand, for it goes as soon as it is sent."""
    plain, coded = path.name.encode("ascii", "replace").decode().replace("?", "_"), quote(path.name, safe="")
    response = web.StreamResponse(
        headers={
            "Content-Type": "application/octet-stream",
            "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{coded}",
            "Content-Length": str(path.stat().st_size),
            "Cache-Control": "no-store",
        }
    )
    with contextlib.suppress(ConnectionError), path.open("rb") as stream:  # who asked may have gone
        await response.prepare(request)
        while chunk := await asyncio.to_thread(stream.read, _CHUNK_BYTES):
            await response.write(chunk)
        await response.write_eof()
    return response


def _problem(status: int, message: str) -> web.Response:
    return web.json_response({"message": message}, status=status, headers={"Cache-Control": "no-store"})
