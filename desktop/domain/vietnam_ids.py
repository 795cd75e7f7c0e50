"""What stands inside a Vietnamese ID number: 12 digits say province, sex and year of birth, the older 9 say nothing.

Circular 07/2016/TT-BCA: three digits of the province, one of century and sex, two of the year, six at random.
"""

from dataclasses import dataclass
from datetime import date

LENGTHS = (9, 12)
_LAST_PROVINCE = 96


@dataclass(frozen=True, slots=True)
class IdFacts:
    """`province` is the code as it stands in the number: `048`."""

    province: str
    is_male: bool
    birth_year: int

    @property
    def is_province_known(self) -> bool:
        return 1 <= int(self.province) <= _LAST_PROVINCE

    def fits(self, birth_date: date) -> bool:
        return self.birth_year == birth_date.year


def facts_of(id_number: str) -> IdFacts | None:
    """None for a number of 9 digits. `id_number` is digits alone, 9 or 12 of them."""
    if len(id_number) != LENGTHS[1]:
        return None
    century, is_female = divmod(int(id_number[3]), 2)
    return IdFacts(id_number[:3], not is_female, 1900 + 100 * century + int(id_number[4:6]))
