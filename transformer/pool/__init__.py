"""The host's side of the workers: who gets one, for how long, and what every event is told when one is lost.

`pool` hands out workers: `fairness` says whose turn it is, `workforce` which worker it gets, an idle one from the `shelf` or a
new one. `batch` runs a batch to its last outcome, taking `answers` from a worker only as far as they can be true; `hostcalls`
has the broker answer what its code asks. `blame` says who answers for a worker that was lost, `quarantine` sets versions aside
that cost too many; `checking` has code checked. `process` is one worker behind its `channel`; they come from the `nursery`,
forked by the `zygote`. `deadline` and `ended` are why one was killed and how it ended. `watch` is how others look on.

Rejected, and why:
  threads in the host       one loop, one crash or one allocation of user code is everybody's
  a process per batch       4 to 6 ms each (fork, lockdown, compile) for every batch, against microseconds in a warm worker
  multiprocessing, executors  they unpickle what the worker sends: that runs its code in the host
  several turns at once in a worker   no way to tell whose memory and time it is, and one kill costs the others
  a heartbeat from the worker         a side thread beats on while user code hangs; the progress mark moves only with the work
"""

from transformer.pool.nurseries import begin_zygote
from transformer.pool.plan import Batch, Plan, Step
from transformer.pool.pool import Pool
from transformer.pool.quarantine import Quarantine

__all__ = ["Batch", "Plan", "Pool", "Quarantine", "Step", "begin_zygote"]
