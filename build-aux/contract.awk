# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
# Turns wsdl2h's header into one for soapcpp2 in which every struct and enum of the contracts is `volatile`: declared by
# model/, so that soapcpp2 generates codecs only and a drift between schema and model is a compile error.
# With -v names=FILE also writes the macros contract name -> model name, by rule:
#   camelCase -> snake_case; a unit at the end is that of the wire and gives way to that of the inside (targetMw, powerKw ->
#   target_w, power_w; energyKwh -> energy_wh; priceCnyKwh -> price_e5; amountCny -> amount_fen;
#   socPercent -> soc_ratio); __sizeX -> n_x;
#   vgi__PileKind__AC -> PILE_KIND_AC; struct vgi__Station -> struct station; struct _agg__SubmitBid -> struct agg_submit_bid.
function snake(s,    r, i, c, p) {
	for (i = 1; i <= length(s); i++) {
		c = substr(s, i, 1)
		if (c == "-") { r = r "_"; p = c; continue }
		r = r ((c ~ /[A-Z]/ && p ~ /[a-z]/) ? "_" : "") tolower(c)
		p = c
	}
	return r
}
function inside(s) {
	s = snake(s)
	sub(/_cny_[km]wh$/, "_e5", s); sub(/_[km]wh$/, "_wh", s); sub(/_[km]w$/, "_w", s); sub(/_[km]w_min$/, "_w_min", s); sub(/_cny$/, "_fen", s)
	sub(/_percent$/, "_ratio", s)
	return s
}
function rename(a, b) { if (a != b && !(a in seen)) { seen[a] = 1; print "#define " a " " b > names } }
/^(struct|enum) vgi__[A-Za-z]+$/ { own = 1; rename($2, snake(substr($2, 6))); print "volatile " $0; next }
/^struct _[a-z]+__[A-Za-z]+$/ {
	own = 1; n = substr($2, 2); split(n, p, "__"); rename($2, p[1] "_" snake(p[2])); print "volatile " $0; next
}
own && /^[ \t]+vgi__[A-Za-z]+__[A-Za-z0-9_]+/ {
	n = $1; sub(/,.*/, "", n); v = n; sub(/^vgi__/, "", v); split(v, p, "__"); w = p[2]; gsub(/_x002d/, "_", w)
	rename(n, toupper(snake(p[1]) "_" snake(w)))
}
own && /^ +[^\/].*[ *][A-Za-z_]+ +[01](:[0-9]+)?;/ {
	f = $0; sub(/ +[01](:[0-9]+)?;.*/, "", f); sub(/.*[ *]/, "", f)
	if (f ~ /^__size/) rename(f, "n_" inside(substr(f, 7))); else rename(f, inside(f))
}
/^};/ { own = 0 }
{ print }
