"""Tells from the name of a field what personal data it holds, and follows paths of fields. transform.js does the same."""

import re

NAMES = {
    "email": "email mail emailaddress mailaddress emailid correo correoelectronico courriel epost contactemail",
    "phone": "phone phonenumber phoneno telephone telephonenumber tel telno telefon telefono telefone telefonnummer mobile mobilenumber "
    "mobileno mobilephone cell cellphone cellnumber msisdn fax faxnumber whatsapp whatsappnumber handynummer movil celular",
    "card": "cardnumber cardno cardnum creditcard creditcardnumber creditcardno ccnumber ccnum ccno debitcard debitcardnumber "
    "primaryaccountnumber paymentcard kreditkarte kartennummer numerotarjeta",
    "iban": "iban ibannumber ibancode bankaccount bankaccountnumber",
    "ssn": "ssn ssnnumber ssnumber socialsecurity socialsecuritynumber socialsecurityno socialsecuritynum socialsec socialsecno itin",
    "national_id": "nationalid nationalidnumber nationalidentity nationalidentitynumber nationalinsurance nationalinsurancenumber nino nhsnumber "
    "passport passportnumber passportno dni nie nif cpf curp rut pesel bsn personnummer fodselsnummer cpr cprnumber hetu codicefiscale "
    "fiscalcode aadhaar aadhar aadhaarnumber pancard pannumber nric hkid steuerid steuernummer taxid taxidnumber taxnumber taxpayerid tin sin "
    "tfn idcard idcardnumber identitycard identitynumber idnumber governmentid driverslicense driverslicence driverlicense driverlicence "
    "drivinglicence drivinglicense licensenumber licencenumber tckn tckimlik cnp rrn mynumber",
    "ip": "ip ipaddress ipaddr ipv4 ipv6 clientip remoteip requestip userip remoteaddr remoteaddress xforwardedfor",
    "secret": "password passwd pwd passphrase passcode secret clientsecret apikey apisecret apitoken accesstoken refreshtoken authtoken "
    "sessiontoken bearertoken privatekey secretkey cvv cvc cvv2 cvc2 securitycode otp pinnumber authorization",
    "birth_date": "dob dateofbirth birthdate birthday birthdt geburtsdatum datenaissance fechanacimiento",
    "name": "firstname lastname fullname surname givenname familyname middlename maidenname nachname vorname apellido apellidos prenom",
    "address": "address streetaddress street addressline address1 address2 addressline1 addressline2 homeaddress billingaddress shippingaddress "
    "postaladdress postalcode postcode zipcode zip",
    "version": "version build firmware release",  # no kind: what looks like an IP address there is none
}
ALIASES = {name: kind for kind, names in NAMES.items() for name in names.split()}
WORD = re.compile("[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
LATIN = {ord(a): b for a, b in zip("áàâäãåéèêëíìîïóòôöõøúùûüçñß", "aaaaaaeeeeiiiioooooouuuucns")}
# Last words of names that tell about a value and do not hold it: phone_verified_at, card_type, email_count.
ABOUT = frozenset(
    "at on date time timestamp type kind id uuid count total model brand network verified confirmed status state valid enabled hash "
    "hashed sha256 md5 domain provider country code source label version opt optin consent flag format length".split()
)
KNOWN_MOST = 20_000


def shortened(name):
    return [name[:at] + name[at + 1 :] for at in range(len(name))]


# Long names with one letter left out: where two such agree, one letter is wrong, missing, doubled or moved.
NEAR = {}
for name, kind in ALIASES.items():
    if (len(name) > 6 or name == "email") and kind not in ("ip", "version"):
        for short in [*shortened(name), name]:
            NEAR.setdefault(short, kind)

exactly, fuzzily = {}, {}  # key → the kind that its name says, "" for none


def known_keys(fuzzy):
    """The keys seen so far, with their kinds: a dict to look into first, for those in a hurry."""
    return fuzzily if fuzzy else exactly


def kind_of_key(key, fuzzy):
    """The kind that the name of a field says, "" for none. Remembered: events repeat their keys."""
    known = fuzzily if fuzzy else exactly
    kind = known.get(key)
    if kind is None:
        kind = named(key, fuzzy) if len(key) <= 64 else ""
        if len(known) >= KNOWN_MOST:
            known.clear()
        known[key] = kind
    return kind


def named(key, fuzzy):
    words = [word.lower() for word in WORD.findall(key.translate(LATIN))]
    whole = "".join(words)
    if found := ALIASES.get(whole) or ALIASES.get(whole.rstrip("0123456789")):
        return found
    if whole[-1:] == "s" and (found := ALIASES.get(whole[:-1])):
        return found
    if not fuzzy:
        return ""
    if words and ALIASES.get(words[-1]) == "version":
        return "version"
    if words and words[-1] in ABOUT:
        return ""
    for size in range(min(4, len(words)), 0, -1):
        for at in range(len(words) - size + 1):
            run = "".join(words[at : at + size])
            if (found := ALIASES.get(run) or (run[-1:] == "s" and ALIASES.get(run[:-1]))) and found != "version":
                return found
    for run in [whole, *words] if len(words) > 1 else [whole]:
        if len(run) > 4 and not run.isdigit():
            for short in [run, *shortened(run)]:
                if found := NEAR.get(short):
                    return found
    return ""


DIGIT = re.compile("[0-9]")
LEAST_DIGITS = {"phone": 5, "card": 8, "iban": 4, "ssn": 4, "national_id": 4, "birth_date": 4}


def plausible(kind, text):
    """Whether a value may be what its key says. `email: "verified"` and `phone: "mobile"` are not."""
    if kind in LEAST_DIGITS:
        return len(DIGIT.findall(text)) >= LEAST_DIGITS[kind]
    if kind == "email":
        return "@" in text or "%40" in text
    if kind == "ip":
        return text.count(".") == 3 or text.count(":") > 1
    return kind != "version" and text != ""


def steps(path, option):
    """The steps of a path such as properties.products[].email, with * for any key and ** for any depth."""
    found = path.replace("[]", ".*").split(".") if isinstance(path, str) else [""]
    if "" in found:
        raise ValueError(option + ": write paths as context.traits.email, products[].name, *.email or **.email")
    return found


def narrowed(paths, key):
    """What is left of the paths behind a step into `key`. One that is through is an empty list."""
    left = []
    for path in paths:
        if path[0] == "**":
            left.append(path)
            if len(path) > 1 and path[1] in (key, "*"):
                left.append(path[2:])
        elif path[0] in (key, "*"):
            left.append(path[1:])
    return left
