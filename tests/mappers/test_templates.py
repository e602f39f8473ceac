"""Templates of settings: holes, blocks, helpers; what cannot be read is told."""

import pytest

from transformer.mappers.errors import ConfigurationError
from transformer.mappers.templates import fill, render

VALUES = {"name": "Ann", "cart": {"a key": 3, "items": [{"n": "pen"}, {"n": "ink"}]}, "empty": [], "raw": "<b>"}


@pytest.mark.parametrize(
    ("template", "written"),
    [
        ("Hi {{ name }}{{missing}}!", "Hi Ann!"),
        ("{{cart.[a key]}} {{cart.items.1.n}} {{cart.items[0].n}}", "3 ink pen"),
        ("{{#if name}}yes{{else}}no{{/if}} {{#unless name}}no{{/unless}}", "yes "),
        ("{{#if missing}}1{{else if empty}}2{{else}}3{{/if}}", "3"),
        ("{{#each cart.items}}{{@index}}{{this.n}}{{../name}}{{#unless @last}}, {{/unless}}{{/each}}", "0penAnn, 1inkAnn"),
        ("{{#each empty}}x{{else}}none{{/each}}", "none"),
        ("{{#with cart}}{{items.0.n}}{{/with}}", "pen"),
        ("a {{~name~}} b{{! not told }}", "aAnnb"),
        ('{{up name}} {{up "x"}}', "ANN X"),
        ("{{raw}} {{{raw}}}", "&lt;b> <b>"),
        ("{{ a {{ b", "{{ a {{ b"),
    ],
)
def test_a_template_is_written(template, written):
    assert render(template, VALUES, {"up": str.upper}, lambda text: text.replace("<", "&lt;")) == written


@pytest.mark.parametrize(
    "template", ["{{#if a}}", "{{/if}}", "{{else}}", "{{#other a}}{{/other}}", "{{#if a}}{{/each}}", "{{#if}}{{/if}}"]
)
def test_a_block_that_does_not_close_is_a_wrong_setting(template):
    with pytest.raises(ConfigurationError):
        render(template, VALUES)


def test_holes_of_a_name_are_filled():
    assert fill(" Viewed {{ cart.items.0.n }} {{no}}page ", VALUES) == "Viewed pen page"
