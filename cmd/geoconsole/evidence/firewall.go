package evidence

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"
)

// allIPv4 and allIPv6 are the ranges that a firewall has to deny.
const (
	allIPv4 = "0.0.0.0/0"
	allIPv6 = "::/0"
)

// firewalls are the EgressFirewalls of the namespace, where there are any: a cluster's owner may bound by name.
func (a assessment) firewalls() []Item {
	var items []Item
	if missing, unread := a.unread("egress-firewall", PartFirewalls); unread {
		items = append(items, missing)
	}
	for _, firewall := range a.Firewalls {
		items = append(items, a.firewall(firewall))
	}
	return items
}

func (a assessment) firewall(firewall FirewallFact) Item {
	item := Item{
		ID: "egress-firewall/" + firewall.Name, Verdict: Holds, Known: Enforced, Enforcement: ByAddress,
		Source: "EgressFirewall " + a.Namespace + "/" + firewall.Name, Says: "the namespace's pods may send to what is named, and all else is denied",
	}
	open, isWideOpen := a.families(), false
	for _, rule := range firewall.Rules {
		if len(open) == 0 {
			break // rules are read from top to bottom
		}
		if !rule.Allow {
			// A denial of some ports leaves the others.
			if len(rule.Ports) == 0 {
				open = slices.DeleteFunc(open, func(all string) bool { return all == rule.CIDR })
			}
			continue
		}
		if rule.Host != "" {
			item.Enforcement = ByName
		}
		isWideOpen = isWideOpen || rule.CIDR != "" && isWide(rule.CIDR)
		item.Names = append(item.Names, rule.says())
	}
	if len(open) > 0 || isWideOpen {
		item.Verdict, item.Enforcement, item.Known = Unproven, "", Observed
		item.Says = "the firewall does not deny all that it does not name, so that it bounds nothing"
		item.Cure = "end it in rules that deny " + strings.Join(a.families(), " and ") + " on every port, and allow no range that is as good as any address"
	}
	return item
}

// families are all addresses of the families that the pods have; of both, where no pod tells.
func (a assessment) families() []string {
	var out []string
	for _, pod := range a.Pods {
		for _, ip := range pod.Status.PodIPs {
			switch address, err := netip.ParseAddr(ip.IP); {
			case err != nil:
			case address.Unmap().Is4():
				out = append(out, allIPv4)
			default:
				out = append(out, allIPv6)
			}
		}
	}
	if len(out) == 0 {
		out = []string{allIPv4, allIPv6}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (r FirewallRule) says() string {
	said := cmp.Or(r.Host, r.CIDR, "nodes of this cluster by their labels")
	if len(r.Ports) > 0 {
		said += ", " + strings.Join(r.Ports, ", ")
	}
	return said
}
