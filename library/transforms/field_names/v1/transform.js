// Tells from the name of a field what personal data it holds, and follows paths of fields. transform.py does the same.

const NAMES = {
  email: "email mail emailaddress mailaddress emailid correo correoelectronico courriel epost contactemail",
  phone: "phone phonenumber phoneno telephone telephonenumber tel telno telefon telefono telefone telefonnummer mobile mobilenumber " +
    "mobileno mobilephone cell cellphone cellnumber msisdn fax faxnumber whatsapp whatsappnumber handynummer movil celular",
  card: "cardnumber cardno cardnum creditcard creditcardnumber creditcardno ccnumber ccnum ccno debitcard debitcardnumber " +
    "primaryaccountnumber paymentcard kreditkarte kartennummer numerotarjeta",
  iban: "iban ibannumber ibancode bankaccount bankaccountnumber",
  ssn: "ssn ssnnumber ssnumber socialsecurity socialsecuritynumber socialsecurityno socialsecuritynum socialsec socialsecno itin",
  national_id: "nationalid nationalidnumber nationalidentity nationalidentitynumber nationalinsurance nationalinsurancenumber nino nhsnumber " +
    "passport passportnumber passportno dni nie nif cpf curp rut pesel bsn personnummer fodselsnummer cpr cprnumber hetu codicefiscale " +
    "fiscalcode aadhaar aadhar aadhaarnumber pancard pannumber nric hkid steuerid steuernummer taxid taxidnumber taxnumber taxpayerid tin sin " +
    "tfn idcard idcardnumber identitycard identitynumber idnumber governmentid driverslicense driverslicence driverlicense driverlicence " +
    "drivinglicence drivinglicense licensenumber licencenumber tckn tckimlik cnp rrn mynumber",
  ip: "ip ipaddress ipaddr ipv4 ipv6 clientip remoteip requestip userip remoteaddr remoteaddress xforwardedfor",
  secret: "password passwd pwd passphrase passcode secret clientsecret apikey apisecret apitoken accesstoken refreshtoken authtoken " +
    "sessiontoken bearertoken privatekey secretkey cvv cvc cvv2 cvc2 securitycode otp pinnumber authorization",
  birth_date: "dob dateofbirth birthdate birthday birthdt geburtsdatum datenaissance fechanacimiento",
  name: "firstname lastname fullname surname givenname familyname middlename maidenname nachname vorname apellido apellidos prenom",
  address: "address streetaddress street addressline address1 address2 addressline1 addressline2 homeaddress billingaddress shippingaddress " +
    "postaladdress postalcode postcode zipcode zip",
  version: "version build firmware release", // no kind: what looks like an IP address there is none
};
const ALIASES = new Map(Object.entries(NAMES).flatMap(([kind, names]) => names.split(" ").map((name) => [name, kind])));
const PLAIN = new Map(Array.from("áàâäãåéèêëíìîïóòôöõøúùûüçñß", (accented, at) => [accented, "aaaaaaeeeeiiiioooooouuuucns"[at]]));
// Last words of names that tell about a value and do not hold it: phone_verified_at, card_type, email_count.
const ABOUT = new Set((
  "at on date time timestamp type kind id uuid count total model brand network verified confirmed status state valid enabled hash " +
  "hashed sha256 md5 domain provider country code source label version opt optin consent flag format length"
).split(" "));
const KNOWN_MOST = 20_000;

function shortened(name) {
  return Array.from(name, (_, at) => name.slice(0, at) + name.slice(at + 1));
}

// Long names with one letter left out: where two such agree, one letter is wrong, missing, doubled or moved.
const NEAR = new Map();
for (const [name, kind] of ALIASES)
  if ((name.length > 6 || name === "email") && kind !== "ip" && kind !== "version")
    for (const short of [...shortened(name), name]) if (!NEAR.has(short)) NEAR.set(short, kind);

const exactly = new Map(); // key → the kind that its name says, "" for none
const fuzzily = new Map();

/** The keys seen so far, with their kinds. */
export function known_keys(fuzzy) {
  return fuzzy ? fuzzily : exactly;
}

/** The kind that the name of a field says, "" for none. Remembered: events repeat their keys. */
export function kind_of_key(key, fuzzy) {
  const known = fuzzy ? fuzzily : exactly;
  let kind = known.get(key);
  if (kind === undefined) {
    kind = Array.from(key).length <= 64 ? named(key, fuzzy) : "";
    if (known.size >= KNOWN_MOST) known.clear();
    known.set(key, kind);
  }
  return kind;
}

function named(key, fuzzy) {
  const latin = Array.from(key, (c) => PLAIN.get(c) ?? c).join("");
  const words = (latin.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+/g) ?? []).map((word) => word.toLowerCase());
  const whole = words.join("");
  const exact = ALIASES.get(whole) ?? ALIASES.get(whole.replace(/[0-9]+$/, ""));
  if (exact) return exact;
  if (whole.endsWith("s") && ALIASES.has(whole.slice(0, -1))) return ALIASES.get(whole.slice(0, -1));
  if (!fuzzy || !words.length) return "";
  if (ALIASES.get(words.at(-1)) === "version") return "version";
  if (ABOUT.has(words.at(-1))) return "";
  for (let size = Math.min(4, words.length); size > 0; size--)
    for (let at = 0; at + size <= words.length; at++) {
      const run = words.slice(at, at + size).join("");
      const found = ALIASES.get(run) ?? (run.endsWith("s") ? ALIASES.get(run.slice(0, -1)) : undefined);
      if (found && found !== "version") return found;
    }
  for (const run of words.length > 1 ? [whole, ...words] : [whole])
    if (run.length > 4 && !/^[0-9]+$/.test(run)) for (const short of [run, ...shortened(run)]) if (NEAR.has(short)) return NEAR.get(short);
  return "";
}

const LEAST_DIGITS = new Map([["phone", 5], ["card", 8], ["iban", 4], ["ssn", 4], ["national_id", 4], ["birth_date", 4]]);

/** Whether a value may be what its key says. `email: "verified"` and `phone: "mobile"` are not. */
export function plausible(kind, text) {
  const least = LEAST_DIGITS.get(kind);
  if (least !== undefined) return (text.match(/[0-9]/g) ?? []).length >= least;
  if (kind === "email") return text.includes("@") || text.includes("%40");
  if (kind === "ip") return text.split(".").length === 4 || text.split(":").length > 2;
  return kind !== "version" && text !== "";
}

/** The steps of a path such as properties.products[].email, with * for any key and ** for any depth. */
export function steps(path, option) {
  const found = typeof path === "string" ? path.replaceAll("[]", ".*").split(".") : [""];
  if (found.includes("")) throw new TypeError(`${option}: write paths as context.traits.email, products[].name, *.email or **.email`);
  return found;
}

/** What is left of the paths behind a step into `key`. One that is through is an empty list. */
export function narrowed(paths, key) {
  const left = [];
  for (const path of paths) {
    if (path[0] === "**") {
      left.push(path);
      if (path.length > 1 && (path[1] === key || path[1] === "*")) left.push(path.slice(2));
    } else if (path[0] === key || path[0] === "*") left.push(path.slice(1));
  }
  return left;
}
