"""What all requests have in common: no text in them has a character that cannot be kept."""

from fastapi import Request
from pydantic import BaseModel, ConfigDict, field_validator

from labeler.core.errors import FieldError, InvalidInput
from labeler.core.nul import LEAVE_OUT, has_nul


class Body(BaseModel):
    """A body without unknown fields, of text that both databases can keep."""

    model_config = ConfigDict(extra="forbid")

    @field_validator("*", mode="before")
    @classmethod
    def _without_nul(cls, value: object) -> object:
        if has_nul(value):
            raise ValueError(LEAVE_OUT)
        return value


async def plain_address(request: Request) -> None:
    """Raise `InvalidInput` that names what has such a character in the address."""
    named = [*request.path_params.items(), *request.query_params.multi_items()]
    faults = [FieldError(name, LEAVE_OUT) for name, value in named if has_nul((name, value))]
    if faults:
        raise InvalidInput("This address leads nowhere.", fields=faults)
