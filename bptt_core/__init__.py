"""The numbers of the book: gradients through time.

`rnn`, `lstm` and `gru` are the equations as the chapters print them; `fast`
and `checkpointing` are the same gradients for long runs. `oracle`
differentiates anything and knows no formula, and `compare` holds gradients of
your own against it; `flow` follows derivatives through time.
`losses`, `training`, `tasks` and `layouts` are what an experiment needs.
"""

__version__ = "0.1.0"
