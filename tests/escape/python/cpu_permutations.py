# class: cpu
# expect: T301
import itertools


def transformEvent(event, metadata):
    return {"n": max(itertools.permutations(range(50)))[0]}
