"""A study's report as one HTML file to keep and print: no script, nothing fetched."""

import base64
import hashlib
from functools import lru_cache

from markupsafe import Markup

from labeler import __version__
from labeler.assets import asset_folder
from labeler.core.msa.report import StudyReport
from labeler.core.terms import Language
from labeler.web.languages import translated
from labeler.web.rendering import environment
from labeler.web.study_rows import Heading, report_context

_FRAME = Markup(
    "<!doctype html>\n"
    '<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
    '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    "<title>{title} · {subject}</title>\n<style>{style}</style>\n</head>\n<body>\n"
    "<h1>{title}</h1>\n{report}\n"
    '<footer><div class="sheet-signed"><div>{prepared}</div><div>{approved}</div><div>{date}</div>'
    '</div>\n<p class="sheet-made">Labeler {version}</p></footer>\n</body>\n</html>\n'
)


@lru_cache(maxsize=1)
def _style() -> str:
    folder = asset_folder("static")
    files = ("css/study_sheet.css", "css/study.css")
    return "\n".join((folder / name).read_text("utf-8") for name in files)


def sheet_policy() -> str:
    """The Content-Security-Policy of the sheet: its own style sheet and nothing else."""
    digest = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    )


def study_sheet(report: StudyReport, heading: Heading, language: Language) -> str:
    """The whole file."""

    def gettext(message: str, /, **values: object) -> str:
        return translated(language, message, values)

    def plural(one: str, many: str, n: int, **values: object) -> str:
        return translated(language, one if n == 1 else many, {"n": n, **values})

    context = report_context(report, heading, gettext, links=False) | {
        "_": gettext,
        "ngettext": plural,
    }
    body = environment().get_template("studies/_report.html").render(context)
    return str(
        _FRAME.format(
            language=language.value,
            title=gettext("Attribute agreement study"),
            subject=heading.subject,
            style=Markup(_style()),  # noqa: S704  our own file
            report=Markup(body),  # noqa: S704  the template escapes
            prepared=gettext("Prepared by"),
            approved=gettext("Approved by"),
            date=gettext("Date"),
            version=__version__,
        )
    )
