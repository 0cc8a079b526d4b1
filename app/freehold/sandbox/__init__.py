"""Where what comes from outside is looked at: a child process with little memory and no files.

`run_child` starts `freehold --worker`, hands it one job and returns its answer or one sentence;
`lock` is what the child does to a database before anything of a stranger's reaches it.
"""

from freehold.sandbox.child import serve
from freehold.sandbox.limits import limit_memory
from freehold.sandbox.lockdown import lock
from freehold.sandbox.parent import Stopped, run_child

__all__ = ["Stopped", "limit_memory", "lock", "run_child", "serve"]
