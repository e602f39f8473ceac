# class: process
def transformEvent(event, metadata):
    import _thread
    
    lock = _thread.allocate_lock()
    try:
        _thread.start_new_thread(lock.acquire, ())
    except RuntimeError as wrong:
        return {"refused": str(wrong)}
    return {"BREACHED": "a thread runs on after the turn"}
