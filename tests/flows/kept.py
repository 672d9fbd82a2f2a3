"""What a server keeps about projects, and the same counted anew."""

from dataclasses import replace

from labeler.flows.judged_counts import JudgedCounts
from labeler.flows.label_counts import LabelCounts
from labeler.flows.marked_kinds import MarkedKinds
from labeler.flows.measure_periods import SHIFT, WEEK, dated_periods
from labeler.flows.pace_counts import PaceCounts
from labeler.flows.site import Site

What = tuple[str, str, str]


def forgetful(site: Site) -> Site:
    """The same installation, by a process that has not counted anything yet."""
    return replace(
        site,
        label_counts=LabelCounts(),
        judged_counts=JudgedCounts(),
        marked_kinds=MarkedKinds(),
        pace_counts=PaceCounts(),
    )


def what_is_kept(site: Site) -> set[What]:
    """The kinds of counts with their projects and names."""
    return {
        *(("labels", project, "") for project in site.label_counts.projects()),
        *(("judged", project, name) for project, name in site.judged_counts.kept()),
        *(("marked", project, "") for project in site.marked_kinds.projects()),
        *(("paces", project, "") for project in site.pace_counts.projects()),
    }


def read_all(site: Site, asked: set[What]) -> dict[What, object]:
    """The counts of these; judged images by periods that the settings have no more left out."""
    dated = [dated_periods(site, one) for one in (WEEK, *([SHIFT] * bool(site.settings.shifts)))]
    found: dict[What, object] = {}
    with site.database.read() as session:
        for what in asked:
            kind, project, name = what
            if kind == "labels":
                found[what] = site.label_counts.read(session, project)
            elif kind == "marked":
                with site.marked_kinds.read(session, project) as kinds:
                    counts = kinds.counts()
                    found[what] = {one: kinds.images_of([one], 10_000) for one in counts}
                    assert {one: len(images) for one, images in found[what].items()} == counts
            elif kind == "paces":
                found[what] = site.pace_counts.read(session, project)
            for periods in dated if kind == "judged" else ():
                if periods.name == name:
                    found[what] = site.judged_counts.read(session, project, periods)
    return found
