"""The trials of a study: each appraiser gets one after the other, in an order of its own.

A trial is planned for an appraiser when all their answers to the one before are in, so no
tablet ever holds parts of two trials, and nobody waits for anybody else.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import Session

from labeler.core.assignments import study_trial, trial_occasion
from labeler.core.msa.plan import StudyState
from labeler.flows.site import Site
from labeler.store import planned, studies
from labeler.store.tables import Study


def plan_trial(
    site: Site,
    session: Session,
    study: Study,
    images: Sequence[str],
    user_id: str,
    trial: int,
    due_at: datetime,
) -> None:
    """Plan one trial of one appraiser in a fresh random order, apart from the one before."""
    # Here, not above: a server starts without NumPy.
    import numpy as np

    from labeler.core.msa.drawing import trial_order

    before = None
    if trial > 1:
        earlier = trial_occasion(study.id, trial - 1)
        shown = studies.order_of(session, study.project_id, earlier, user_id)
        place = {image: index for index, image in enumerate(images)}
        before = [place[image] for image in shown]
    rng = np.random.default_rng(int.from_bytes(site.entropy(16), "big"))
    planned.plan(
        session,
        [
            {
                "id": site.new_id(), "project_id": study.project_id, "image_id": images[part],
                "user_id": user_id, "occasion": trial_occasion(study.id, trial),
                "standard_version": study.standard_version, "due_at": due_at, "turn": turn,
            }
            for turn, part in enumerate(trial_order(len(images), rng, before))
        ],
    )  # fmt: skip


def is_over(session: Session, occasion: str) -> bool:
    """Whether an occasion is a trial of a study that was closed or cancelled."""
    found = study_trial(occasion)
    study = studies.by_id(session, found[0]) if found else None
    return study is not None and study.state != StudyState.RUNNING


def note_answer(site: Site, session: Session, occasion: str, user_id: str) -> None:
    """After an answer to a trial: plan the appraiser's next one if this one is complete."""
    found = study_trial(occasion)
    study = studies.by_id(session, found[0]) if found else None
    if found is None or study is None or study.state != StudyState.RUNNING:
        return
    trial = found[1]
    if trial >= study.trials:
        return
    images = [row.image_id for row, _file in studies.parts(session, study.id)]
    answered = studies.submitted(session, study.project_id, [occasion])
    if answered.get((user_id, occasion), 0) < len(images):
        return
    due_at = site.now() + timedelta(hours=study.pause_h)
    following = trial_occasion(study.id, trial + 1)
    if studies.order_of(session, study.project_id, following, user_id):
        planned.let_go(session, study.project_id, following, user_id, due_at)
        return
    plan_trial(site, session, study, images, user_id, trial + 1, due_at)


def note_withdrawal(session: Session, occasion: str, user_id: str) -> None:
    """After an answer to a trial was taken back: the next trial waits until it is complete."""
    found = study_trial(occasion)
    study = studies.by_id(session, found[0]) if found else None
    if found is not None and study is not None:
        following = trial_occasion(study.id, found[1] + 1)
        planned.hold_back(session, study.project_id, following, user_id)
