package main

import "sync"

// register is a map that scripts running at once share.
type register[T any] struct {
	mu     sync.Mutex
	values map[string]T // guarded by mu
}

func newRegister[T any]() *register[T] { return &register[T]{values: map[string]T{}} }

func (r *register[T]) set(name string, value T) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.values[name] = value
}

func (r *register[T]) take(name string) (value T, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	value, ok = r.values[name]
	delete(r.values, name)
	return value, ok
}
