"""Runs other finders of personal data over texts: a program for a Python of its own, where these are installed (`bench_pii`).

    python -m venv others && others/bin/pip install presidio-analyzer scrubadub
    python -m benchmarks.bench_pii --others others/bin/python

Reads a JSON list of texts; writes {name: {"spans": [[[start, end, kind], …] for each text], "seconds": …}}. No model is loaded: what
is compared is what patterns, checksums and words nearby find. Presidio gets all of its recognisers for the kinds at hand, those of
countries included, each told that the texts are in its language, and loses what scores below 0.4 in a second row.
"""

import importlib.metadata
import json
import sys
import time

PRESIDIO = {
    "EMAIL_ADDRESS": "email",
    "PHONE_NUMBER": "phone",
    "CREDIT_CARD": "card",
    "IBAN_CODE": "iban",
    "US_SSN": "ssn",
    "US_ITIN": "ssn",
    "IP_ADDRESS": "ip",
}
RECOGNISERS = (
    "Email Phone CreditCard Iban UsSsn UsItin Ip Nhs UkNino EsNif EsNie ItFiscalCode PlPesel SgFin AuTfn InPan InAadhaar "
    "FiPersonalIdentityCode KrRrn SePersonnummer TrNationalId ZaIdNumber CaSin DeTaxId"
).split()
SCRUBADUB = {
    "email": "email",
    "phone": "phone",
    "credit_card": "card",
    "social_security_number": "ssn",
    "credential": "url_credentials",
}


def presidio(least):
    import presidio_analyzer
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry, predefined_recognizers
    from presidio_analyzer.nlp_engine import NlpArtifacts, NlpEngine

    class NoModel(NlpEngine):
        def load(self): ...

        def is_loaded(self):
            return True

        def process_text(self, text, language):  # noqa: ARG002 - its interface
            return NlpArtifacts(entities=[], tokens=[], tokens_indices=[], lemmas=[], nlp_engine=self, language=language)

        def process_batch(self, texts, language, **_):
            return ((text, self.process_text(text, language)) for text in texts)

        def is_stopword(self, word, language):  # noqa: ARG002 - its interface
            return False

        def is_punct(self, word, language):  # noqa: ARG002 - its interface
            return False

        def get_supported_entities(self):
            return []

        def get_supported_languages(self):
            return ["en"]

    assert presidio_analyzer
    made = [getattr(predefined_recognizers, f"{name}Recognizer")(supported_language="en") for name in RECOGNISERS]
    registry = RecognizerRegistry(recognizers=made)
    engine = AnalyzerEngine(registry=registry, nlp_engine=NoModel(), supported_languages=["en"], default_score_threshold=least)
    return lambda text: [
        (one.start, one.end, PRESIDIO.get(one.entity_type, "national_id")) for one in engine.analyze(text, language="en")
    ]


def scrubadub():
    import scrubadub as theirs

    scrubber = theirs.Scrubber()
    return lambda text: [(one.beg, one.end, SCRUBADUB[one.type]) for one in scrubber.iter_filth(text) if one.type in SCRUBADUB]


def offline():
    """No look at the network for lists of domains: what the package brings is enough."""
    try:
        import tldextract
    except ImportError:
        return
    tldextract.tldextract.TLD_EXTRACTOR = tldextract.TLDExtract(suffix_list_urls=())


def main():
    texts = json.load(sys.stdin)
    offline()
    told = {}
    finders = {
        f"presidio-analyzer {importlib.metadata.version('presidio-analyzer')}": lambda: presidio(0.0),
        "the same, score ≥ 0.4": lambda: presidio(0.4),
        f"scrubadub {importlib.metadata.version('scrubadub')}": scrubadub,
    }
    for name, make in finders.items():
        find = make()
        find("warm up")
        began = time.process_time()
        spans = [find(text) for text in texts]
        told[name] = {"spans": spans, "seconds": time.process_time() - began}
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()
