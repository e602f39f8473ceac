"""Types are taken out in place; what cannot be taken out is told."""

import pytest

pytest.importorskip("_STPyV8", reason="the extra javascript is not installed")

from transformer.engines.javascript.runtime import compile_only, start_v8
from transformer.engines.javascript.syntax import prepare

ENTRY = "export function transformEvent(event: any) { return event }\n"
BLANK = "       function transformEvent(event     ) { return event }\n"


@pytest.fixture(scope="module", autouse=True)
def _v8():
    start_v8()


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("let x: string = 1", "let x         = 1"),
        ("let x!: string", "let x         "),
        ("const f = (a: A, b?: B, ...c: C[]): D => a", "const f = (a   , b    , ...c     )    => a"),
        ("interface A { b: string }", ";                        "),
        ("type A = B\n(f)()", ";         \n(f)()"),
        ("export type { A, B }", ";                   "),
        ("export { type A }", ";                "),
        ("export interface A {}", ";                    "),
        ("import type { A } from 'b'", ";                         "),
        ("import { type A } from 'b'", ";                         "),
        ("declare const a: b", ";                 "),
        ("declare global { var x: y }", ";                          "),
        ("declare enum A { B }", ";                   "),
        ("export declare function f(): void", ";                                "),
        ("let a = b as C", "let a = b     "),
        ("let a = b satisfies C", "let a = b            "),
        ("let a = b as any as C[]", "let a = b              "),
        ("let a = b as C\n(d)()", "let a = b ;   \n(d)()"),
        ("let a = b! + c!.d", "let a = b  + c .d"),
        ("a! = b", "a  = b"),
        ("f<A>(b)", "f   (b)"),
        ("new F<A>()", "new F   ()"),
        ("new F<A>", "new F   "),
        ("const g = f<A>", "const g = f   "),
        ("function f<A>(b: A): A { return b }", "function f   (b   )    { return b }"),
        ("function f(this: A, b) {}", "function f(         b) {}"),
        ("function f(this: A) {}", "function f(       ) {}"),
        ("function f(a): a is B {}", "function f(a)         {}"),
        ("function f(a): asserts a {}", "function f(a)            {}"),
        ("function f(a: A): B\nfunction f(a) {}", ";                  \nfunction f(a) {}"),
        ("const f = <T,>(a: T) => a", "const f =     (a   ) => a"),
        ("const f = async <\nT>(a) => a", "const f = async (\n   a) => a"),
        ("const f = (a):\nT => a", "const f = (a  \n) => a"),
        ("const f = (a)\n: T => a", "const f = (a \n  ) => a"),
        ("abstract class A { abstract b(): c }", "         class A { ;               }"),
        ("class A<T> extends B<T> implements C {}", "class A    extends B                 {}"),
        ("class A { private b: c }", "class A { ;       b;   }"),
        ("class A { declare b: c }", "class A { ;            }"),
        ("class A { static readonly b = 1 }", "class A { static          b = 1 }"),
        ("class A { b?: c = 1 }", "class A { b     = 1 }"),
        ("class A { b!: c }", "class A { b;    }"),
        ("class A { get: c\n d() {} }", "class A { get;  \n d() {} }"),
        ("class A { a = 1\n public ['b'] = 2 }", "class A { a = 1\n ;      ['b'] = 2 }"),
        ("class A { override b?(): c {} }", "class A { ;        b ()    {} }"),
        ("class A { [k: string]: b }", "class A { ;              }"),
        ("class A { constructor(); constructor(a?) {} }", "class A { ;            ; constructor(a ) {} }"),
        ("try {} catch (e: unknown) {}", "try {} catch (e         ) {}"),
        ("namespace N { export type A = 1 }", ";                                "),
        ("let é: Ünï = '😀' as ß", "let é      = '😀'     "),
        ("let a: {\n b: c\r\n} = d", "let a   \n     \r\n  = d"),
        ("let type = 1, abstract = type", "let type = 1, abstract = type"),
    ],
)
def test_types_become_blanks(typed, plain):
    prepared = prepare(ENTRY + typed)
    assert prepared.problems == []
    assert prepared.code.rpartition("\n;[")[0] == BLANK + plain
    assert prepared.strict
    compile_only(prepared.code, "test")


@pytest.mark.parametrize(
    ("typed", "column", "words"),
    [
        ("enum A { B }", 1, "An enum is not only a type"),
        ("const enum A { B }", 1, "An enum is not only a type"),
        ("export enum A { B }", 8, "An enum is not only a type"),
        ("namespace N { const a = 1 }", 1, "A namespace with values"),
        ("class A { constructor(private b: c) {} }", 23, "A parameter property"),
        ("class A { constructor(readonly b: c) {} }", 23, "A parameter property"),
        ("class A { @d b: c }", 11, "Decorators are not supported"),
        ("import a = require('b')", 1, "`import … = …` cannot be erased"),
        ("import a = B.c", 1, "`import … = …` cannot be erased"),
        ("import { a, type B } from 'c'", 1, "There is no library 'c'"),
        ("export = a", 1, "`export =` cannot be erased"),
        ("let a = <T>b", 9, "A cast in angle brackets"),
        ("function f(a: b)", 1, "This function has no body"),
        ("let a: b = ;", 12, "SyntaxError: Unexpected token ';'"),
        ("let a: b = import.meta", 12, "import.meta does not exist"),
    ],
)
def test_what_cannot_be_erased_says_what_to_write_instead(typed, column, words):
    (problem,) = prepare(ENTRY + typed).problems
    assert (problem.line, problem.column) == (2, column)
    assert problem.message.startswith(words)


def test_a_type_that_runs_on_into_the_next_line_is_told():
    (problem,) = prepare(ENTRY + "let x = a as B\n[0]").problems
    assert (problem.line, problem.column) == (3, 1)
    assert problem.message.startswith("The type runs on into this line")


def test_all_problems_are_told_at_once():
    problems = prepare(ENTRY + "enum A {}\nlet b = <c>d\nimport 'e'\nlet f = ;").problems
    assert [each.line for each in problems] == [2, 3, 4, 5]


def test_code_that_is_javascript_is_not_taken_for_typescript():
    prepared = prepare("function transformEvent(event, metadata)\n  return event\n")
    assert [(each.line, each.message) for each in prepared.problems] == [(2, "SyntaxError: Unexpected token 'return'")]
