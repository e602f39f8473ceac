"""What a data plane runs today, looked at before it is pointed here: for people, not for requests.

workspaces  the configuration that a data plane runs by
review      one transformation, tracking plan or destination, tried
survey      all of them
"""
