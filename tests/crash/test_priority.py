"""A machine full of user code leaves the host its share: workers are nicer than it, and are one session, not one each."""

import os

import psutil


async def test_workers_share_the_session_of_their_zygote_and_are_nicer_than_the_host(pool):
    await pool.serves("a")
    await pool.serves("b")
    workers = pool.workers()
    assert len(workers) == 2
    assert {os.getsid(worker.pid) for worker in workers} == {os.getsid(pool.zygote())} != {os.getsid(0)}
    assert len({os.getpgid(worker.pid) for worker in workers}) == 2
    assert all(worker.nice() > psutil.Process().nice() for worker in workers)
