"""How bash splits a line into words, and how it inserts a completion of the last one.

Readline replaces the last word only from an opening quote that is not closed yet, or from behind
the last character that is in COMP_WORDBREAKS and not quoted, such as `:` or `=`. (It replaces `@`
and `$` too.) Then it inserts what it is given as it is, and closes the quote. So the offers have
to leave out what stands before that place, and to be quoted in the manner that is in force there.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_UNSAFE = re.compile(r"[^\w@%+=:,./-]")
_IN_DOUBLE_QUOTES = re.compile(r'["$`\\]')
_BLANKS = " \t\n"
_REPLACED_TOO = "@$"  # bash's rl_special_prefixes


@dataclass
class BashLine:
    """The words of a line, unquoted; the last is still being typed, and may be empty.

    `kept` is how much of it stays as it is; `quote` is the quote that is open in it.
    """

    words: list[str] = field(default_factory=lambda: [""])
    kept: int = 0
    quote: str = ""
    redirects: set[int] = field(default_factory=set)  # words that are files
    _is_begun: bool = False

    @property
    def is_redirect(self) -> bool:
        """Whether the last word is the file of a redirection."""
        return len(self.words) - 1 in self.redirects

    @property
    def arguments(self) -> list[str]:
        """The words of the program before the last one, without its name."""
        before = enumerate(self.words[:-1])
        return [word for i, word in before if i not in self.redirects][1:]

    def add(self, text: str, *, is_break: bool = False) -> None:
        """Add to the last word; readline breaks at `is_break`."""
        self.words[-1] += text
        self._is_begun = True
        if is_break:
            self.kept = len(self.words[-1]) - (text in _REPLACED_TOO)

    def open(self, quote: str) -> None:
        """A quote begins."""
        self.quote = quote
        self._is_begun = True

    def end_word(self) -> None:
        """A blank: the next word begins."""
        if self._is_begun:
            self.words.append("")
        self.kept, self._is_begun = 0, False

    def redirect(self) -> None:
        """`<` or `>`: the next word is a file, and a number before it a descriptor."""
        if self.words[-1].isdigit():
            self.words[-1], self._is_begun = "", False
        self.end_word()
        self.redirects.add(len(self.words) - 1)


def read_bash_line(text: str, breaks: str) -> BashLine:
    """Break `text`, which ends at the cursor, into words; `breaks` is COMP_WORDBREAKS."""
    line = BashLine()
    characters = iter(text)
    opened_at = 0
    for char in characters:
        if line.quote:
            _take_quoted(line, char, characters)
        elif char == "\\":
            line.add(next(characters, ""))
        elif char in "'\"":
            opened_at = len(line.words[-1])
            line.open(char)
        elif char in _BLANKS:
            line.end_word()
        elif char in "<>":
            line.redirect()
        else:
            line.add(char, is_break=char in breaks)
    if line.quote:
        line.kept = opened_at
    return line


def quote_for_bash(word: str, line: BashLine) -> str:
    """`word` as readline is to insert it for the last word of `line`."""
    rest = word[line.kept :]
    if not line.quote:
        return _UNSAFE.sub(r"\\\g<0>", rest)
    if line.quote == "'":
        quoted = rest.replace("'", "'\\''")
    else:
        quoted = _IN_DOUBLE_QUOTES.sub(r"\\\g<0>", rest)
        # A ! stands for the history in double quotes too, where a backslash stays in the word.
        quoted = quoted.replace("!", '"\\!"')
    # Readline closes the quote, unless there is no text or it seems to end with one already; and
    # takes a quote at the start for the one that was opened.
    if not quoted or quoted.endswith(line.quote):
        quoted += line.quote
    return line.quote + quoted if quoted.startswith(line.quote) else quoted


def _take_quoted(line: BashLine, char: str, characters: Iterator[str]) -> None:
    if char == line.quote:
        line.quote = ""
    elif char == "\\" and line.quote == '"':
        following = next(characters, "")
        line.add(following if following in '$`"\\' else char + following)
    else:
        line.add(char)
