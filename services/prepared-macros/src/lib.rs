//! What lets an operation that was prepared write its answer without the executor: from the one place in which a field of the schema
//! is told, a second way to it.
//!
//! [`macro@fields`] stands above `#[Object]` and takes up the fields that are told from the object alone; the executor still has all of
//! them. [`macro@Fields`] does the same for a `SimpleObject`, [`macro@Name`] for an `Enum`. What they implement is in the module
//! `prepared` of the crate that uses them.

use proc_macro::TokenStream;
use proc_macro2::TokenStream as TokenStream2;
use quote::{ToTokens, format_ident, quote};
use syn::{
    Attribute, Data, DeriveInput, Error, FnArg, Ident, ImplItem, ImplItemFn, ItemImpl, ReturnType, Type,
    parse_macro_input,
};

/// Takes up, of the fields of an `#[Object]`, those that need nothing but the object: no argument, no context, no waiting. A field
/// that may fail needs the context for its error, and is left to the executor.
#[proc_macro_attribute]
pub fn fields(_: TokenStream, item: TokenStream) -> TokenStream {
    let object = parse_macro_input!(item as ItemImpl);
    let of = &object.self_ty;
    let Some(name) = last_name(of) else {
        return Error::new_spanned(of, "a type with a name").to_compile_error().into();
    };
    let told: Vec<&ImplItemFn> = object
        .items
        .iter()
        .filter_map(|item| match item {
            ImplItem::Fn(field) if is_told(field) => Some(field),
            _ => None,
        })
        .collect();
    let (told_of, schema_name) = (format_ident!("{name}Told"), name_in_schema(&object.attrs, "Object", name));
    let methods = told.iter().map(|field| {
        let (name, output) = (&field.sig.ident, &field.sig.output);
        quote!(fn #name(&self) #output;)
    });
    let bodies = told.iter().map(|field| {
        let (name, output, body) = (&field.sig.ident, &field.sig.output, &field.block);
        quote!(fn #name(&self) #output #body)
    });
    let arms = told.iter().filter_map(|field| {
        let ReturnType::Type(_, output) = &field.sig.output else { return None };
        let name = &field.sig.ident;
        Some(writes(name, output, &quote!(&#told_of::#name(this))))
    });
    let fields = takes_up(of, &schema_name, arms);
    quote! {
        #object

        trait #told_of { #(#methods)* }

        impl #told_of for #of { #(#bodies)* }

        #fields
    }
    .into()
}

/// Takes up the fields of a `SimpleObject`.
#[proc_macro_derive(Fields)]
pub fn derive_fields(item: TokenStream) -> TokenStream {
    let object = parse_macro_input!(item as DeriveInput);
    let of = &object.ident;
    let Data::Struct(data) = &object.data else {
        return Error::new_spanned(of, "an object is a struct").to_compile_error().into();
    };
    let arms = data.fields.iter().filter_map(|field| {
        let name = field.ident.as_ref()?;
        Some(writes(name, &field.ty, &quote!(&this.#name)))
    });
    takes_up(of, &of.to_string(), arms).into()
}

/// Takes up an `Enum`, whose value is written as its name.
#[proc_macro_derive(Name)]
pub fn derive_name(item: TokenStream) -> TokenStream {
    let of = parse_macro_input!(item as DeriveInput).ident;
    quote! {
        impl crate::prepared::Answer for #of {
            type Selection = ();

            fn prepare(selected: &crate::prepared::Selected<'_>) -> Option<()> {
                selected.of_leaf()
            }

            fn write(&self, (): &(), out: &mut ::std::vec::Vec<u8>) {
                crate::prepared::write_name(*self, out);
            }
        }
    }
    .into()
}

/// That an object type has these fields.
fn takes_up(of: &impl ToTokens, schema_name: &str, arms: impl Iterator<Item = TokenStream2>) -> TokenStream2 {
    quote! {
        impl crate::prepared::Fields for #of {
            const TYPE: &'static str = #schema_name;

            fn field(name: &str, selected: &crate::prepared::Selected<'_>) -> Option<crate::prepared::Write<Self>> {
                match name {
                    #(#arms)*
                    _ => None,
                }
            }
        }
    }
}

/// How a field of a type is written, by how a reference to it is had of `this`.
fn writes(name: &Ident, of: &Type, told: &TokenStream2) -> TokenStream2 {
    let known = camel(name);
    quote! {
        #known => {
            let selection = <#of as crate::prepared::Answer>::prepare(selected)?;
            let write = move |this: &Self, out: &mut ::std::vec::Vec<u8>| {
                let value: &#of = #told;
                crate::prepared::Answer::write(value, &selection, out);
            };
            Some(::std::boxed::Box::new(write))
        }
    }
}

/// Whether a field is told from its object alone.
fn is_told(field: &ImplItemFn) -> bool {
    let takes_self_alone = field.sig.inputs.len() == 1 && matches!(field.sig.inputs.first(), Some(FnArg::Receiver(_)));
    let is_plain =
        field.sig.asyncness.is_some() && !field.attrs.iter().any(|attribute| attribute.path().is_ident("graphql"));
    let body = &field.block;
    let waits = quote!(#body).to_string().contains(". await");
    let may_fail = match &field.sig.output {
        ReturnType::Type(_, of) => last_name(of).is_some_and(|name| name == "Result"),
        ReturnType::Default => true,
    };
    takes_self_alone && is_plain && !waits && !may_fail
}

fn last_name(of: &Type) -> Option<&Ident> {
    match of {
        Type::Path(path) => path.path.segments.last().map(|segment| &segment.ident),
        _ => None,
    }
}

/// What a type is called in the schema: `name = "…"` of its attribute, or as in the code.
fn name_in_schema(attributes: &[Attribute], attribute: &str, name: &Ident) -> String {
    let mut called = name.to_string();
    for attribute in attributes.iter().filter(|of| of.path().is_ident(attribute)) {
        // An attribute without a list names nothing.
        let _ = attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("name") {
                called = meta.value()?.parse::<syn::LitStr>()?.value();
            }
            Ok(())
        });
    }
    called
}

/// A field's name as the schema has it.
fn camel(name: &Ident) -> String {
    let name = name.to_string();
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| {
        let mut letters = word.chars();
        let upper: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
        name + &upper + letters.as_str()
    })
}
