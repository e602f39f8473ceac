"""Libraries: code that other code imports, and transforms that are steps by themselves.

    manifest    what a transform says of itself             `library/transforms/NAME/vN/manifest.yaml`
    shelf       the transforms that we ship, by their names
    parameters  what a step is given: checked, defaults filled in
    pins        which libraries code names, at exact versions, with what they import
    steps       a transform as a step of a plan
    cases       its cases, in every language that it has

The code of a transform runs where all user code runs, under the same policy.
"""
