"""Other tools' recordings, and `retape convert`.

A format is a row in `FORMATS`; to read one more, write its reader in a file of its own and its sign in
`retape.tape.foreign`, and add the row.
"""

from retape.tape.formats.conversion import Converted, Report, Row, convert
from retape.tape.formats.imported import Imported
from retape.tape.formats.table import FORMATS, Format
from retape.tape.formats.writing import TARGETS

__all__ = ["FORMATS", "TARGETS", "Converted", "Format", "Imported", "Report", "Row", "convert"]
