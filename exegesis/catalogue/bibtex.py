"""BibTeX as a language: text to records, each field with its place; what cannot be read is a fault there.

The grammar is pybtex's, which keeps going after an error. What is ours is where each field stands, and to
begin again at the next record when one is broken.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from pybtex.database.input.bibtex import LowLevelParser, UndefinedMacro, month_names
from pybtex.scanner import PybtexSyntaxError, TokenRequired
from pybtex.utils import CaseInsensitiveDict

_RECORD = re.compile(r"^[ \t]*@[ \t]*\w+[ \t]*[{(]", re.MULTILINE)
_COMMENT = re.compile(r"@[ \t]*comment\b", re.IGNORECASE)
_COMMENTED_OUT = re.compile(r"^[ \t]*%.*$", re.MULTILINE)
_FIELD_LIKE = re.compile(r"^[ \t,]*([A-Za-z][\w-]*)[ \t]*=[ \t]*[{\"\w]")


@dataclass(frozen=True)
class Field:
    """One ``name = value`` of a record."""

    name: str  # as written
    value: str  # without its braces or quotes, white space as BibTeX has it
    line: int
    begin: int  # of the name, in the text
    value_begin: int  # of the value with its braces or quotes
    end: int


@dataclass
class Record:
    """One record, as far as it could be read."""

    type: str
    key: str
    line: int
    fields: dict[str, Field] = field(default_factory=dict)  # by name in lower case, as they stand
    broken: bool = False  # some of it could not be read


@dataclass
class Problem:
    """What cannot be read."""

    line: int
    what: str
    mend: str


@dataclass
class Parsed:
    """What a text gave."""

    records: list[Record] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def parse(text: str) -> Parsed:
    """Read BibTeX; never fails."""
    return _Parser(_without_comments(text)).read()


def _without_comments(text: str) -> str:
    """Blank what a comment holds, records too: JabRef and biber skip all of it, BibTeX only the word."""
    text = _COMMENTED_OUT.sub(lambda found: found[0].replace("@", " "), text)
    place = 0
    while found := _COMMENT.search(text, place):
        end = _closing(text, found.end())
        blank = re.sub(r"[^\r\n]", " ", text[found.start() : end])
        text, place = text[: found.start()] + blank + text[end:], end
    return text


def _closing(text: str, begin: int) -> int:
    """Return the end of the braces that open at ``begin``; of the line, where none do or they stay open."""
    line = re.compile(r"$", re.MULTILINE).search(text, begin)
    assert line is not None
    opening = re.compile(r"\s*\{").match(text, begin)
    if not opening:
        return line.start()
    depth = 0
    for found in re.compile(r"[{}]").finditer(text, begin):
        depth += 1 if found[0] == "{" else -1
        if not depth:
            return found.end()
    return line.start()


class _Parser(LowLevelParser):  # type: ignore[misc]
    text: str
    pos: int
    lineno: int

    def __init__(self, text: str) -> None:
        super().__init__(text, macros=CaseInsensitiveDict(month_names))
        self.found = Parsed()
        self.record = Record("", "", 1)
        self.last_end = 0  # of what was read last
        self.field_begin = self.value_begin = 0
        self.field_line = 1
        self.complete = False  # whether the current field has its value
        self.lost = False  # whether it is told already that the current record can't be read to its end

    def read(self) -> Parsed:
        for _ in self:
            self.last_end = self.pos
        self._look_between(len(self.text))
        return self.found

    def parse_command(self) -> tuple[Any, ...]:
        begin = self.command_start
        self._look_between(begin)
        self.record, self.lost = Record("", "", self._line(begin)), False
        try:
            command: tuple[Any, ...] = super().parse_command()
        finally:
            self.last_end = self.pos
        if command[0].lower() not in ("string", "preamble"):
            self.record.type = command[0].lower()
            if self.current_entry_key:
                self.record.key = self.current_entry_key
                self.found.records.append(self.record)
        return command

    def parse_field(self) -> None:
        self.eat_whitespace()
        self.field_begin, self.field_line, self.complete = self.pos, self.lineno, False
        super().parse_field()
        name = self.current_field_name
        if not name:
            return
        self.complete = True
        value = re.sub(r"\s+", " ", "".join(self.current_value)).strip()
        end = self.value_begin + len(self.text[self.value_begin : self.pos].rstrip())
        found = Field(name, value, self.field_line, self.field_begin, self.value_begin, end)
        if first := self.record.fields.get(name.lower()):
            mend = "keep one of the two"
            self._broken(found.line, f"'{self._key}' has the field '{name}' at line {first.line} too", mend)
            return
        self.record.fields[name.lower()] = found
        for offset, line in enumerate(self.text[self.value_begin : end].splitlines()):
            if offset and (inner := _FIELD_LIKE.match(line)):
                what = f"the value of '{name}' runs on over '{inner[1]}' at line {found.line + offset}"
                self.lost = True
                self._broken(found.line, what, f"close its braces or quotes before '{inner[1]}'")
                break

    def parse_string_body(self, body_end: Any) -> None:
        known = CaseInsensitiveDict({name: text for name, text in self.macros.items() if name not in month_names})
        super().parse_string_body(body_end)
        name = self.current_field_name
        if name and name in known and known[name] != self.macros[name]:
            what = f"the @string '{name}' is '{known[name]}' already"
            self._broken(self.lineno, what, "give one of the two another name")

    def parse_value(self) -> None:
        self.eat_whitespace()
        self.value_begin = self.pos
        super().parse_value()

    def want_current_entry(self) -> bool:
        return True

    def handle_error(self, error: PybtexSyntaxError) -> None:
        """Tell of an error; unless it is one to read on after, go to the next record."""
        if isinstance(error, UndefinedMacro):
            name = self.current_field_name or ""
            word = self.text[: self.pos].rsplit(None, 1)[-1].lstrip("=#")
            what = f"'{word}' in '{name}' is no text, and there is no @string of that name"
            self._broken(self.lineno, what, f"put braces around it: {name} = {{{word}}}")
            return
        if not self.lost:
            self._broken(*self._explain(error))
        following = _RECORD.search(self.text, max(self.command_start + 1, 0))
        self.pos = following.start() if following else len(self.text)
        self.lineno = self._line(self.pos)
        if self.current_entry_key is None:  # nothing that pybtex could make a record of
            self.last_end = self.pos

    def _explain(self, error: PybtexSyntaxError) -> tuple[int, str, str]:
        """Return the line of an error, what is wrong there, and how to mend it."""
        name, key, text = self.current_field_name, self.current_entry_key, self.text
        start = self._line(self.command_start)
        if key is None and not re.compile(r"@\s*\w+\s*[{(]").match(text, self.command_start):
            return start, "'@' stands where no record begins", "write '@article{key,', or take it out"
        record = f"'{key}'" if key else "the record"
        if not isinstance(error, TokenRequired):  # a value's end was not found
            if name:
                return self.field_line, f"the value of '{name}' does not end", "close its braces or quotes"
            return start, f"{record} does not end", "close its brace"
        if key is None:
            return start, "the record has no key", "write one like 'he2016deep' after its brace"
        before, following = text[: self.pos].rstrip(), text[self.pos :].lstrip()
        if name is None and before.endswith(key) and following.startswith("="):
            return start, "the record has no key", "write one like 'he2016deep' after its brace"
        if (name or following).startswith("@"):
            return start, f"{record} does not end", "close its brace"
        if name and not self.complete:
            return self.field_line, f"'{name}' has no value that can be read", f"write '{name} = {{...}}'"
        if following.startswith("%"):
            return self._line(len(text) - len(following)), f"a comment stands within {record}", "put it before it"
        word = re.split(r"[\s=,{}]", following, maxsplit=1)[0] or following[:1]
        return self._line(len(before)), f"a comma is missing before '{word}'", "add it"

    def _look_between(self, end: int) -> None:
        """Tell of fields outside of records: an earlier brace closed theirs."""
        for offset, line in enumerate(self.text[self.last_end : end].splitlines()):
            if found := _FIELD_LIKE.match(line):
                place = self._line(self.last_end) + offset
                what = f"'{found[1]}' stands outside of all records"
                self._broken(place, what, "take out the brace before it that is one too many")
                break

    @property
    def _key(self) -> str:
        return self.current_entry_key or ""

    def _line(self, place: int) -> int:
        return self.text.count("\n", 0, place) + 1

    def _broken(self, line: int, what: str, mend: str) -> None:
        self.record.broken = True
        self.found.problems.append(Problem(line, what, mend))
