"""Odd, broken and hostile files, made here so that none has to be kept."""

import io
import struct
import wave
import zipfile

from PIL import Image

EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
SCRIPT = b"<script>document.title = 'RAN'; fetch('/ran')</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="document.title=1">' + SCRIPT + b"</svg>"
HTML = b"<!doctype html><title>quiet</title>" + SCRIPT
OFFICE = "application/vnd.openxmlformats-officedocument."
PLACE = b"+51.4816-003.1791/"
"""Cardiff, as a telephone writes it into a video."""


def picture(kind="JPEG", size=(60, 40), mode="RGB", color="red", **options):
    file = io.BytesIO()
    Image.new(mode, size, color).save(file, kind, **options)
    return file.getvalue()


def photo_with_place(size=(400, 300), orientation=6):
    """A JPEG that says where it was taken, who took it, and that it lies on its side."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "SECRET-CAMERA"
    exif[0x8825] = {1: "N", 2: (51.0, 28.0, 53.76), 3: "W", 4: (3.0, 10.0, 44.76)}
    # The left half is red, the right half blue: once upright, red is on top.
    photo = Image.new("RGB", size, "blue")
    photo.paste("red", (0, 0, size[0] // 2, size[1]))
    file = io.BytesIO()
    photo.save(file, "JPEG", exif=exif, comment=b"SECRET-COMMENT", quality=90)
    return file.getvalue()


def archive(parts):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts.items():
            made.writestr(name, content)
    return file.getvalue()


def office(main, **more):
    types = f'<Types><Override PartName="/x.xml" ContentType="{main}"/></Types>'
    return archive({"[Content_Types].xml": types, "x.xml": "<x/>", **more})


def docx():
    return office(f"{OFFICE}wordprocessingml.document.main+xml")


def docm():
    main = f"{OFFICE}wordprocessingml.document.main+xml"
    return office(main, **{"word/vbaProject.bin": "x"})


def odt(**more):
    return archive({"mimetype": "application/vnd.oasis.opendocument.text", **more})


def pdf(extra=b""):
    return b"%PDF-1.7\n1 0 obj<<>>endobj\n" + extra + b"trailer<<>>\nstartxref\n0\n%%EOF\n"


def sound():
    file = io.BytesIO()
    with wave.open(file, "wb") as made:
        made.setnchannels(1)
        made.setsampwidth(2)
        made.setframerate(8000)
        made.writeframes(b"\0\0" * 8000)
    return file.getvalue()


def box(name, content):
    return struct.pack(">I", 8 + len(content)) + name + content


def film(brand=b"isom", place=PLACE):
    """The boxes of a telephone's video, in the order that counts; it shows nothing."""
    told = box(b"udta", box(b"\xa9xyz", struct.pack(">HH", len(place), 0x15C7) + place))
    head = box(b"mvhd", bytes(100))
    return (
        box(b"ftyp", brand + b"\0\0\2\0" + brand)
        + box(b"moov", head + box(b"trak", box(b"tkhd", bytes(84))) + told)
        + box(b"mdat", b"the pictures themselves")
    )


GOOD = {
    "photo.jpg": (picture(), "image/jpeg"),
    "photo.png": (picture("PNG"), "image/png"),
    "photo.webp": (picture("WEBP"), "image/webp"),
    "photo.gif": (picture("GIF"), "image/gif"),
    "plan.pdf": (pdf(), "application/pdf"),
    "locked.pdf": (pdf(b"/Encrypt 5 0 R "), "application/pdf"),
    "text.docx": (docx(), f"{OFFICE}wordprocessingml.document"),
    "sheet.xlsx": (office(f"{OFFICE}spreadsheetml.sheet.main+xml"), f"{OFFICE}spreadsheetml.sheet"),
    "talk.pptx": (
        office(f"{OFFICE}presentationml.presentation.main+xml"),
        f"{OFFICE}presentationml.presentation",
    ),
    "text.odt": (odt(), "application/vnd.oasis.opendocument.text"),
    "note.txt": ("Halló, þetta er texti".encode(), "text/plain"),
    "old.txt": ("Fünf Stühle".encode("cp1252"), "text/plain"),
    "windows.txt": ("Notepad".encode("utf-16"), "text/plain"),
    "hours.csv": (b"day;minutes\n1;45\n", "text/csv"),
    "song.mp3": (b"ID3\x04\0\0\0\0\0\x0a" + bytes(400), "audio/mpeg"),
    "plain.mp3": (b"\xff\xfb\x90\x64" + bytes(413), "audio/mpeg"),
    "memo.m4a": (film(b"M4A "), "audio/mp4"),
    "memo.ogg": (b"OggS\0\2" + bytes(60), "audio/ogg"),
    "memo.wav": (sound(), "audio/wav"),
    "film.mp4": (film(), "video/mp4"),
    "film.mov": (film(b"qt  "), "video/quicktime"),
    "film.webm": (b"\x1a\x45\xdf\xa3\x93\x42\x82\x84webm" + bytes(60), "video/webm"),
}
"""Name -> bytes of a file that is taken, and what it is."""

BAD = {
    "empty.jpg": (b"", "empty"),
    "truncated.png": (picture("PNG", (300, 300), color="#123456")[:-40], "damaged"),
    "truncated.jpg": (photo_with_place()[:2000], "damaged"),
    "no-picture.jpg": (b"\xff\xd8\xff\xe0" + bytes(500), "damaged"),
    "zip.jpg": (archive({"a.txt": "hello"}), "zip"),
    "broken.docx": (docx()[:-30], "damaged"),
    "macros.docx": (docm(), "macros"),
    "template.docx": (office("application/vnd.ms-word.document.macroEnabled.main+xml"), "macros"),
    "macros.odt": (odt(**{"Basic/Standard/Module1.xml": "x"}), "macros"),
    "drawing.png": (SVG, "SVG"),
    "declared.svg": (b"<?xml version='1.0'?>\n" + SVG, "SVG"),
    "page.jpg": (HTML, "web page"),
    "page.txt": (b"   \n\n<HTML><body>hello", "web page"),
    "script.txt": (b"hello <script>alert(1)</script>", "web page"),
    "program.pdf": (b"MZ" + bytes(100), "program"),
    "script.sh": (b"#!/bin/sh\nrm -rf .", "program"),
    "old.doc": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old Office"),
    "archive.rar": (b"Rar!\x1a\x07\x00" + bytes(60), "archive"),
    "picture.bmp": (picture("BMP"), "do not know"),
    "picture.tiff": (picture("TIFF"), "do not know"),
    "noise.txt": (bytes(range(256)) * 4, "do not know"),
}
"""Name -> bytes of a file that is refused, and a word of the reason."""
