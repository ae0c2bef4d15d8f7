"""The page of commands, made from what argparse knows of them."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator

from exegesis.command.arguments import parser

_BEGINNING = """\
# Commands

% Made by 'make reference' from exegesis/command/arguments.py.

All that is done with a book is done by `exegesis`; `--help` behind a command says the same.
A command ends with 0 if all is well, with 1 if the book has faults, and with 2 if it can't do what was asked.
The targets of `make` install what is needed and call these; `make help` lists them.
"""
_OPTION = re.compile(r"(?<![\w`-])--[a-z][\w-]*")


def page() -> str:
    """Return the page."""
    whole = parser()
    lines = [_BEGINNING, *_arguments(whole), *_table(), ""]
    for name, each in _commands().items():
        lines += [f"(command-{name})=", f"## {name}", "", _plain(each.description or ""), "", *_usage(each), ""]
        lines += [*_examples(each), "", *_arguments(each)]
    return "\n".join(lines).rstrip() + "\n"


def _commands() -> dict[str, argparse.ArgumentParser]:
    (commands,) = (each for each in parser()._actions if isinstance(each, argparse._SubParsersAction))
    return dict(commands.choices)


def _table() -> Iterator[str]:
    yield from ("| command | what it does |", "|---|---|")
    for name, each in _commands().items():
        yield f"| [`{name}`](#command-{name}) | {_plain((each.description or '').rstrip('.'))} |"


def _usage(command: argparse.ArgumentParser) -> Iterator[str]:
    """Yield how it is called; by hand, for argparse writes it in another way on each release of Python."""
    parts = [command.prog]
    for each in sorted(_shown(command), key=lambda each: bool(each.option_strings)):
        name = " ".join(filter(None, [*each.option_strings[-1:], _value(each)]))
        parts.append(name if each.required and not each.option_strings else f"[{name}]")
    yield from ("```text", " ".join(parts), "```")


def _examples(command: argparse.ArgumentParser) -> Iterator[str]:
    lines = (command.epilog or "").splitlines()[1:]
    yield from ("```sh", *(line.strip() for line in lines), "```")


def _arguments(command: argparse.ArgumentParser) -> Iterator[str]:
    for each in _shown(command):
        names = [f"{name} {_value(each)}".rstrip() for name in each.option_strings] or [_value(each)]
        yield from (", ".join(f"`{name}`" for name in names), f": {_plain(each.help or '')}", "")


def _shown(command: argparse.ArgumentParser) -> list[argparse.Action]:
    ours = [each for each in command._actions if not isinstance(each, argparse._SubParsersAction)]
    return [each for each in ours if each.dest != "help"]


def _value(action: argparse.Action) -> str:
    """Return what stands for the values of an argument."""
    if action.nargs == 0:
        return ""
    plain = "{" + ",".join(map(str, action.choices)) + "}" if action.choices else action.dest.upper()
    if isinstance(action.metavar, tuple):
        return " ".join(action.metavar)
    name = action.metavar or plain
    return {"*": f"[{name} ...]", "?": f"[{name}]" if action.option_strings else name}.get(str(action.nargs), name)


def _plain(text: str) -> str:
    """Return a help text as Markdown: options are code."""
    return _OPTION.sub(r"`\g<0>`", text)
