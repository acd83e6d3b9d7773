"""Open-i (Indiana University): reports with human-coded MeSH headings, as NLM's XML files or as two tables (reports, projections)."""

import tarfile
import xml.etree.ElementTree as ET
import zlib
from collections.abc import Iterator
from pathlib import Path

from ...errors import InputError
from ...findings import NO_FINDING, Finding
from ..mapping import OPEN_I
from .record import LabelledFilm
from .tables import image_index, once, read_table

SOURCE = "Open-i"
_UNCODED = ("no indexing", "technical quality of image unsatisfactory")


def read_tables(reports: Path, projections: Path | None = None, *, images: Path | None = None) -> list[LabelledFilm]:
    """Films of the table layout. Of a study's pictures the first frontal one is taken; the column `image` is a text, not a picture."""
    files = image_index(images)
    frontal: dict[str, str] = {}
    if projections:
        columns = {"uid": ("uid",), "filename": ("filename",), "projection": ("projection",)}
        for row in read_table(projections, columns):
            if row.text("projection").casefold() == "frontal":
                frontal.setdefault(row.text("uid"), Path(row.text("filename")).stem)
    columns = {"uid": ("uid",), "mesh": ("MeSH",)}
    texts = {"findings": ("findings",), "impression": ("impression",)}
    films = []
    for row in once(read_table(reports, columns, texts), "uid"):
        uid, headings = row.text("uid"), row.text("mesh").split(";")
        films.append(_film(uid, headings, row.cells.get("findings", ""), row.cells.get("impression", ""), files.get(frontal.get(uid, ""))))
    return films


def read_xml(source: Path) -> list[LabelledFilm]:
    """Films of NLM's XML reports, in a folder or a .tgz archive. The XML does not say which picture is frontal, so no image is joined."""
    films = []
    seen: dict[str, str] = {}
    for name, data in _documents(source):
        try:
            root = ET.fromstring(data)
        except ET.ParseError as error:
            line, column = error.position
            raise InputError(f"{name}, line {line}, column {column}: is not XML.") from error
        uid = root.find("uId")
        if uid is None or not uid.get("id"):
            raise InputError(f"{name}: must have an element uId with an id.")
        if uid.get("id") in seen:
            raise InputError(f"{name}: lists the film {uid.get('id')} twice (first in {seen[uid.get('id')]}).", "Remove one of the two.")
        seen[uid.get("id")] = name
        sections = {part.get("Label", "").upper(): (part.text or "").strip() for part in root.iter("AbstractText")}
        headings = [heading.text or "" for heading in root.iterfind("MeSH/major")]
        films.append(_film(uid.get("id"), headings, sections.get("FINDINGS", ""), sections.get("IMPRESSION", ""), None))
    return films


def _documents(source: Path) -> Iterator[tuple[str, bytes]]:
    if source.is_dir():
        for path in sorted(source.rglob("*.xml")):
            yield path.name, path.read_bytes()
        return
    try:
        with tarfile.open(source) as archive:
            for member in archive:
                name = Path(member.name).name
                if member.isfile() and name.endswith(".xml") and not name.startswith("._"):
                    yield name, archive.extractfile(member).read()
    except (OSError, EOFError, tarfile.TarError, zlib.error) as error:
        raise InputError(f"{source.name} can't be read as a folder or archive of XML reports.") from error


def _film(uid, headings, findings, impression, image) -> LabelledFilm:
    headings = [heading.strip() for heading in headings if heading.strip()]
    terms = [heading.partition("/")[0].strip() for heading in headings]
    coded = [term for term in terms if term.casefold() not in _UNCODED]
    targets = {term: OPEN_I.target(term) for term in coded}
    present = {target for target in targets.values() if isinstance(target, Finding)}
    outside = tuple(dict.fromkeys(term for term, target in targets.items() if target is None))
    return LabelledFilm(
        image_id=uid,
        patient_id=uid,
        source=SOURCE,
        image=image,
        labels={finding: finding in present for finding in Finding} if coded else {},
        normal=NO_FINDING in targets.values() and not present and not outside if coded else None,
        outside=outside,
        text="\n".join(f"{title}: {text}" for title, text in (("FINDINGS", findings), ("IMPRESSION", impression)) if text),
    )
