"""For nbval: outputs are waited for as long as a busy machine needs.

    python -m pytest --nbval -p tests.unhurried …

nbval gives a kernel five or ten seconds for what it says, whatever else the
machine has to do.
"""

from nbval import kernel, plugin

from tests.built_site import patience

# After so many seconds nbval asks anew whether a kernel is heard at all.
ASKS_ANEW = 1


class Kernel(kernel.RunningKernel):
    """A kernel that is given up when it hangs, not when it is slow."""

    def get_message(self, stream, timeout=None):
        if timeout is not None and timeout > ASKS_ANEW:
            timeout = max(timeout, patience(300))
        return super().get_message(stream, timeout)


plugin.RunningKernel = Kernel
