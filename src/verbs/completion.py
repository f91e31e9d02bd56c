"""Scripts that let bash, zsh and fish complete words of ``cytoweave``."""

from __future__ import annotations

from ..errors import ConfigError
from ..nodes.completion import SHELLS

BASH = r"""_cytoweave() {
  local IFS=$'\n'
  COMPREPLY=($(cytoweave __complete "${COMP_LINE:0:COMP_POINT}" "$COMP_WORDBREAKS" 2>/dev/null))
  [[ ${COMPREPLY[0]} != *[=./] ]] || compopt -o nospace
}
complete -F _cytoweave cytoweave
"""

ZSH = r"""#compdef cytoweave
_cytoweave() {
  local -a found
  found=(${(f)"$(cytoweave __complete "$LBUFFER" 2>/dev/null)"})
  compadd -S '' -- ${(M)found:#*[=./]}
  compadd -- ${found:#*[=./]}
}
compdef _cytoweave cytoweave
"""

FISH = r"""complete -c cytoweave -f -a '(cytoweave __complete (commandline -cp) 2>/dev/null)'
"""

SCRIPTS = {"bash": BASH, "zsh": ZSH, "fish": FISH}


def show_script(words: list[str]) -> None:
    """Print the completion script of a shell.

    Raises:
        ConfigError: If no shell is named, or another one.
    """
    if len(words) != 1 or words[0] not in SCRIPTS:
        raise ConfigError(f"say `cytoweave completion SHELL`, SHELL one of {', '.join(SHELLS)}.")
    print(SCRIPTS[words[0]], end="")  # noqa: T201
