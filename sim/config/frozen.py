"""What all settings have in common."""

from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Frozen", "Positive"]

Positive = Annotated[Decimal, Field(gt=0, max_digits=18, decimal_places=8)]


class Frozen(BaseModel):
    """Read once, never changed; a key that is not known is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid")
