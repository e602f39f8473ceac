# class: calls
# walls: language both
def transformEvent(event, metadata):
    said = []
    for url in ("file://" + event["canary"], "FILE://" + event["canary"], " file://" + event["canary"], "data:text/plain,x", "ftp://a/"):
        try:
            said.append(fetch(url).text)
        except Exception as wrong:
            said.append(str(wrong))
    return {"said": said}
