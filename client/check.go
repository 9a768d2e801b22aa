package client

import (
	"unicode/utf8"

	"github.com/quipu-ledger/quipu"
)

// The servers check everything else, but cannot see this: encoding/json replaces bytes that are not UTF-8 by others
// without a word, and the append would be about another entity.

func checkAppend(a quipu.Append) error {
	for _, e := range a.Events {
		if err := checkTexts(e.Name, e.ID); err != nil {
			return err
		}
		if err := checkEntities(e.Entities); err != nil {
			return err
		}
	}
	for _, condition := range a.Conditions {
		if err := checkSelector(condition); err != nil {
			return err
		}
	}
	return checkTexts(a.IdempotencyKey)
}

func checkSelector(s quipu.Selector) error {
	for name, query := range s.Events {
		if err := checkTexts(name, query.Path); err != nil {
			return err
		}
	}
	return checkEntities(s.Entities)
}

func checkEntities(entities map[string][]string) error {
	for entity, keys := range entities {
		if err := checkTexts(entity); err != nil {
			return err
		}
		if err := checkTexts(keys...); err != nil {
			return err
		}
	}
	return nil
}

func checkTexts(texts ...string) error {
	for _, text := range texts {
		if !utf8.ValidString(text) {
			return quipu.Errorf(quipu.Invalid, "%q is not UTF-8", text)
		}
	}
	return nil
}
