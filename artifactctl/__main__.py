"""The program as a module: `python -m artifactctl`."""

from artifactctl.cli import main

if __name__ == "__main__":
    main()
