"""Splitting a line into words as bash does, and quoting a completion of the last word.

Readline replaces the last word only from an opening quote that is not closed yet, or after the last
unquoted character that is in COMP_WORDBREAKS, such as `:` or `=`. (It also replaces `@` and `$`.)
Then it inserts the completion unchanged, and closes the quote. So completions leave out the part of
the word before that position, and are quoted for the quote that is open there.
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
    """The unquoted words of a line; the last one is incomplete, and may be empty.

    `kept` is the length of its start that readline keeps; `quote` is the quote that is open in it.
    """

    words: list[str] = field(default_factory=lambda: [""])
    kept: int = 0
    quote: str = ""
    redirects: set[int] = field(default_factory=set)  # indexes of words that are files
    _is_begun: bool = False

    @property
    def is_redirect(self) -> bool:
        """Whether the last word is the file of a redirection."""
        return len(self.words) - 1 in self.redirects

    @property
    def arguments(self) -> list[str]:
        """The words before the last one, without the program's name and redirections."""
        before = enumerate(self.words[:-1])
        return [word for i, word in before if i not in self.redirects][1:]

    def add(self, text: str, *, is_break: bool = False) -> None:
        """Append to the last word; `is_break` marks a character at which readline breaks words."""
        self.words[-1] += text
        self._is_begun = True
        if is_break:
            self.kept = len(self.words[-1]) - (text in _REPLACED_TOO)

    def open(self, quote: str) -> None:
        """Begin a quote."""
        self.quote = quote
        self._is_begun = True

    def end_word(self) -> None:
        """End the word at a blank."""
        if self._is_begun:
            self.words.append("")
        self.kept, self._is_begun = 0, False

    def redirect(self) -> None:
        """Begin the file of a redirection; a number before `<` or `>` is its descriptor."""
        if self.words[-1].isdigit():
            self.words[-1], self._is_begun = "", False
        self.end_word()
        self.redirects.add(len(self.words) - 1)


def read_bash_line(text: str, breaks: str) -> BashLine:
    """Split `text`, which ends at the cursor, into words; `breaks` is COMP_WORDBREAKS."""
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
    """Return the text that readline must insert to complete the last word of `line` to `word`."""
    rest = word[line.kept :]
    if not line.quote:
        return _UNSAFE.sub(r"\\\g<0>", rest)
    if line.quote == "'":
        quoted = rest.replace("'", "'\\''")
    else:
        quoted = _IN_DOUBLE_QUOTES.sub(r"\\\g<0>", rest)
        # In double quotes `!` expands the history, and a backslash before it stays in the word.
        quoted = quoted.replace("!", '"\\!"')
    # Readline closes the quote, unless there is no text or the text seems to end with a quote; and
    # it takes a quote at the start for the opening one.
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
