# class: process
# expect: T303 T301 T302 T201
import sys


def transformEvent(event, metadata):
    sys.setrecursionlimit(10**9)
    
    
    def dive(n):
        return [dive(n + 1) for _ in range(1)]
    
    
    dive(0)
