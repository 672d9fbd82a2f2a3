"""A project whose labels are settled, and an auditor who knows the truth."""

import itertools
from collections.abc import Callable, Mapping, Sequence

from labeler.core.people import Principal
from labeler.flows.assign import claim
from labeler.flows.audit_samples import SampleInfo, SampleWish, draw_audit_sample
from labeler.flows.review import Submission, submit
from labeler.flows.site import Site
from tests.cast import Cast, fill, present

Said = Sequence[dict]
_numbers = itertools.count()


def judge(
    site: Site,
    who: Principal,
    said: Callable[[str], Said],
    *,
    most: int | None = None,
    **more: object,
) -> list[str]:
    """Judge what is given to somebody until nothing is left or `most` are done; the images."""
    done: list[str] = []
    while most is None or len(done) < most:
        leases = claim(site, who, "plates", 10 if most is None else min(10, most - len(done)))
        if not leases:
            break
        for lease in leases:
            name = f"judged-{next(_numbers)}"
            sent = Submission(name, lease.id, lease.standard_version, said(lease.image_id), **more)
            submit(site, who, sent)
            done.append(lease.image_id)
    return done


def settled(
    site: Site, cast: Cast, count: int, bubbles: int, *, marked: int | None = None
) -> dict[str, Said]:
    """Images that Anna and Ben settled alike; the truth by image: the first ones have a bubble.

    They mark only the first `marked` of them, all by default.
    """
    made = fill(site, count=count)
    truth: dict[str, Said] = {
        image: [present("bubble")] if place < bubbles else [] for place, image in enumerate(made)
    }
    seen = set(made[: bubbles if marked is None else marked])
    for who in (cast.anna, cast.ben):
        judge(site, who, lambda image: [present("bubble")] if image in seen else [])
    return truth


def audit(
    site: Site, cast: Cast, truth: Mapping[str, Said], wish: SampleWish | None = None
) -> SampleInfo:
    """Draw a sample for Chris, who then judges it as it is."""
    asked = wish or SampleWish(auditors=["chris"])
    sample = draw_audit_sample(site, cast.lead, "plates", asked)
    judge(site, cast.chris, truth.__getitem__)
    return sample
