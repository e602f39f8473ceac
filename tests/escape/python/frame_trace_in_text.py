# class: frame
class Watch:
    def __enter__(self):
        return self

    def __exit__(self, kind, wrong, trace):
        self.trace = trace
        return True


def transformEvent(event, metadata):
    with Watch() as watch:
        raise ValueError
    match watch.trace:
        case object(tb_frame=frame):
            return {"REACHED": str(frame)}
