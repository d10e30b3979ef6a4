"""The numbers of the book: gradients through time.

`rnn`, `lstm` and `gru` are the equations as the chapters print them; `fast`
and `checkpointing` are the same gradients for long runs. `oracle` needs no
formula, and `compare` holds gradients of your own against it. `flow` follows
derivatives; an experiment needs `losses`, `training`, `tasks`, `layouts`.
"""

__version__ = "0.1.0"
