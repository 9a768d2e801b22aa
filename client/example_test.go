package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"

	"github.com/quipu-ledger/quipu"
	"github.com/quipu-ledger/quipu/client"
	"github.com/quipu-ledger/quipu/transport/api/apitest"
	"github.com/quipu-ledger/quipu/transport/wire"
)

// exampleNode starts a node in memory and registers an event, and gives the node's URL.
func exampleNode(event, entity string) (url string, stop func()) {
	server := apitest.Start(apitest.NewBackend())
	c, err := client.New(client.Config{Endpoints: []string{server.URL}, FixedEndpoints: true})
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	if err := c.Register(context.Background(), "main", quipu.Registration{Event: event, Entities: []string{entity}}); err != nil {
		log.Fatal(err)
	}
	return server.URL, server.Close
}

func ExampleClient_Append() {
	url, stop := exampleNode("Item Ordered", "patron")
	defer stop()
	ctx := context.Background()

	c, err := client.New(client.Config{Endpoints: []string{url}, FixedEndpoints: true})
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()

	type order struct {
		MenuItem string   `json:"menuItem"`
		Toppings []string `json:"toppings"`
	}
	receipt, err := c.Append(ctx, "main", quipu.Append{Events: []quipu.NewEvent{{
		Name:     "Item Ordered",
		Entities: map[string][]string{"patron": {"Harold_Cho"}},
		Data:     order{"Bean Burrito", []string{"chiles", "salsa verde"}},
		Meta:     map[string]string{"actor": "register-2"},
	}}})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("position", receipt.First)

	stored, err := c.Event(ctx, "main", quipu.Place{Position: receipt.First})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s\n", stored.Data)
	// Output:
	// position 3
	// {"menuItem":"Bean Burrito","toppings":["chiles","salsa verde"]}
}

// A condition refuses the append if there is a newer event that its selector matches. The error brings such events.
func ExampleClient_Append_conflict() {
	url, stop := exampleNode("Seat Reserved", "seat")
	defer stop()
	ctx := context.Background()
	c, err := client.New(client.Config{Endpoints: []string{url}, FixedEndpoints: true})
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()

	for _, guest := range []string{"Amal", "Elizabeth"} {
		seat := map[string][]string{"seat": {"12A"}}
		_, err := c.Append(ctx, "main", quipu.Append{
			Events:     []quipu.NewEvent{{Name: "Seat Reserved", Entities: seat, Data: guest}},
			Conditions: []quipu.Selector{{Entities: seat}}, // after the beginning: nobody has the seat
		})
		var refused *quipu.Error
		switch {
		case err == nil:
			fmt.Println(guest, "has the seat")
		case errors.As(err, &refused) && refused.Kind == quipu.Conflict:
			fmt.Printf("%s is too late, the seat is taken by %s\n", guest, refused.Clash.Events[0].Data)
		default:
			log.Fatal(err)
		}
	}
	// Output:
	// Amal has the seat
	// Elizabeth is too late, the seat is taken by "Amal"
}

func ExampleClient_Select() {
	url, stop := exampleNode("Item Ordered", "patron")
	defer stop()
	ctx := context.Background()
	c, err := client.New(client.Config{Endpoints: []string{url}, FixedEndpoints: true})
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()

	for peppers := range 6 {
		_, err := c.Append(ctx, "main", quipu.Append{Events: []quipu.NewEvent{{
			Name:     "Item Ordered",
			Entities: map[string][]string{"patron": {"Harold_Cho"}},
			Data:     map[string]int{"peppers": peppers},
		}}})
		if err != nil {
			log.Fatal(err)
		}
	}

	spicy := quipu.Selector{
		Entities: map[string][]string{"patron": {"Harold_Cho"}},
		Events:   map[string]quipu.Query{"Item Ordered": {Path: "$ ? (@.peppers >= $hot)", Vars: map[string]any{"hot": 3}}},
		Limit:    2,
	}
	var end wire.End
	for event, err := range c.Select(ctx, "main", spicy, client.WithEnd(&end)) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%d %s\n", event.Position, event.Data)
	}
	fmt.Println("more:", end.More)

	spicy.After = quipu.AfterPosition(end.Position) // the next page
	for event, err := range c.Select(ctx, "main", spicy) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%d %s\n", event.Position, event.Data)
	}
	// Output:
	// 6 {"peppers":3}
	// 7 {"peppers":4}
	// more: true
	// 8 {"peppers":5}
}

// An account must not be overdrawn, whoever else withdraws at the same time: the decision is made on all of its
// bookings, and is made again if one comes in between.
func ExampleClient_Decide() {
	url, stop := exampleNode("Booked", "account")
	defer stop()
	ctx := context.Background()
	c, err := client.New(client.Config{Endpoints: []string{url}, FixedEndpoints: true})
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()

	account := map[string][]string{"account": {"17"}}
	book := func(amount int) error {
		_, err := c.Decide(ctx, "main", quipu.Selector{Entities: account}, func(bookings []quipu.Event) ([]quipu.NewEvent, error) {
			balance := 0
			for _, booking := range bookings {
				var amount int
				if err := json.Unmarshal(booking.Data, &amount); err != nil {
					return nil, err
				}
				balance += amount
			}
			if balance+amount < 0 {
				return nil, fmt.Errorf("there are only %d on the account", balance)
			}
			return []quipu.NewEvent{{Name: "Booked", Entities: account, Data: amount}}, nil
		})
		return err
	}
	fmt.Println(book(100))
	fmt.Println(book(-70))
	fmt.Println(book(-70))
	// Output:
	// <nil>
	// <nil>
	// there are only 30 on the account
}

// An order can be shipped once, whoever else ships it at the same time. What guards it is its version.
func ExampleClient_DecideAggregate() {
	url, stop := exampleNode("Order Shipped", "order")
	defer stop()
	ctx := context.Background()
	c, err := client.New(client.Config{Endpoints: []string{url}, FixedEndpoints: true})
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()

	ship := func(order string) error {
		receipt, err := c.DecideAggregate(ctx, "main", "order", order, func(version uint64, events []quipu.Event) ([]quipu.NewEvent, error) {
			for _, event := range events {
				if event.Name == "Order Shipped" {
					return nil, fmt.Errorf("%s was shipped with its change %d", order, event.Aggregate.Version)
				}
			}
			return []quipu.NewEvent{{Name: "Order Shipped"}}, nil
		})
		if err == nil {
			fmt.Printf("%s is at version %d\n", order, receipt.Aggregates[0].Version)
		}
		return err
	}
	fmt.Println(ship("o-17"))
	fmt.Println(ship("o-17"))
	// Output:
	// o-17 is at version 1
	// <nil>
	// o-17 was shipped with its change 1
}

// What a service does because of an event of another one belongs to the same story.
func ExampleCaused() {
	url, stop := exampleNode("article-indexed", "article")
	defer stop()
	ctx := context.Background()
	c, err := client.New(client.Config{Endpoints: []string{url}, FixedEndpoints: true})
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()

	upstream := quipu.Event{ // as it was read
		EventID:      quipu.NewEventID(1520510400000000, 0x5f0c1d2e, 4),
		Correlations: []quipu.Correlation{{Service: "article-store", Name: "article", Identifier: "10627"}},
	}
	receipt, err := c.Append(ctx, "main", quipu.Append{Events: []quipu.NewEvent{{Name: "article-indexed"}}}, client.Caused(upstream))
	if err != nil {
		log.Fatal(err)
	}
	stored, err := c.Event(ctx, "main", quipu.Place{Position: receipt.Last})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(stored.Correlations)
	fmt.Printf("%s\n", stored.Meta)
	// Output:
	// [{article-store article 10627}]
	// {"causation":"000566e56a44f0005f0c1d2e00000004"}
}
