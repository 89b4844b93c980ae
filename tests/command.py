"""The command line in this process: what a process of its own would answer, without the seconds that it takes."""

from subprocess import CompletedProcess

from ae.__main__ import main


def run(capsys, *arguments):
    """Returns the `CompletedProcess` of `python -m ae` with these arguments."""
    capsys.readouterr()
    arguments, status, last_words = [str(argument) for argument in arguments], 0, ""
    try:
        main(arguments)
    except SystemExit as stop:
        status, last_words = (1, f"{stop.code}\n") if isinstance(stop.code, str) else (stop.code or 0, "")
    said = capsys.readouterr()
    return CompletedProcess(arguments, status, said.out, said.err + last_words)
