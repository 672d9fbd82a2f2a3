"""The tables. They are rows, never request bodies; rules about them live in core."""

from labeler.store.tables.audit import Event
from labeler.store.tables.audit_samples import (
    AuditItem,
    AuditSample,
    AuditStratumRow,
    ReopenedLabel,
)
from labeler.store.tables.change_requests import ChangeAnswer, ChangeRequest
from labeler.store.tables.datasets import Export, SplitEntry
from labeler.store.tables.images import (
    GoldenPicture,
    Image,
    ImageReference,
    StationGolden,
    Thumbnail,
)
from labeler.store.tables.jobs import Job
from labeler.store.tables.people import (
    ApiToken,
    Member,
    SetupCode,
    SignInFailure,
    SignInSession,
    Station,
    User,
)
from labeler.store.tables.projects import (
    ExamplePicture,
    Project,
    StandardDraft,
    StandardVersion,
)
from labeler.store.tables.reviews import (
    Assignment,
    JudgementRow,
    QueueCursor,
    ReviewRow,
    Withdrawal,
)
from labeler.store.tables.settling import ConsensusLabel, DisputeRow, RulingRow
from labeler.store.tables.studies import Study, StudyAppraiser, StudyPart

__all__ = [
    "ApiToken",
    "Assignment",
    "AuditItem",
    "AuditSample",
    "AuditStratumRow",
    "ChangeAnswer",
    "ChangeRequest",
    "ConsensusLabel",
    "DisputeRow",
    "Event",
    "ExamplePicture",
    "Export",
    "GoldenPicture",
    "Image",
    "ImageReference",
    "Job",
    "JudgementRow",
    "Member",
    "Project",
    "QueueCursor",
    "ReopenedLabel",
    "ReviewRow",
    "RulingRow",
    "SetupCode",
    "SignInFailure",
    "SignInSession",
    "SplitEntry",
    "StandardDraft",
    "StandardVersion",
    "Station",
    "StationGolden",
    "Study",
    "StudyAppraiser",
    "StudyPart",
    "Thumbnail",
    "User",
    "Withdrawal",
]
