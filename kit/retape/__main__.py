"""`python -m retape`: the command, where its script isn't on the PATH."""

from retape.cli import main

raise SystemExit(main())
