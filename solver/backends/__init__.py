"""One module per solver, each run in a child process of its own: :mod:`process` calls, :mod:`child` answers, :mod:`registry` lists."""
