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
    frame = watch.trace.tb_frame
    return {"REACHED": str(frame.f_back)}
